import process from "node:process";

/** Whether this is `npm run test:all`, which takes its time; vitest.config.ts says so. */
export const isLong = process.env.ZARRZIP_LONG !== undefined;

/** How often to try a property: `few` times in `npm test`, and `many` times in `npm run test:all`. */
export const runs = (few: number, many: number) => (isLong ? many : few);
