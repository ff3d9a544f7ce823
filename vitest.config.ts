import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

/** No test asserts how long something takes: these end what hangs, however busy the machine is. */
const hangs = 900_000;

/** `npm test` leaves out what is named `.long.test.ts`; `npm run test:all`, which is mode "all", runs it and tries properties more often. */
export default defineConfig(({ mode }) => ({
  resolve: { alias: { "#zlib": src("bytes/zlib-node.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: mode === "all" ? [] : ["**/*.long.test.ts"],
    env: mode === "all" ? { ZARRZIP_LONG: "1" } : {},
    setupFiles: ["test/equal-bytes.ts"],
    testTimeout: hangs,
    hookTimeout: hangs,
    teardownTimeout: hangs,
    // Most of a test is waiting for other threads and processes: one file at a time would leave processors idle.
    maxWorkers: "100%",
  },
}));
