import { fileURLToPath } from "node:url";

/** Absolute path of a file of the repository. */
export const inRoot = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
