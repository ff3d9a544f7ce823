import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

export default defineConfig({
  resolve: { alias: { "#zlib": src("bytes/zlib-node.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    // Most of a test is waiting for other threads and processes: one file at a time would leave processors idle.
    maxWorkers: "100%",
  },
});
