import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const src = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url));

/** No test asserts how long something takes: these end what hangs, however busy the machine is. */
const hangs = 900_000;

/** These count what a process holds, and change its environment. */
const ofProcesses = ["test/{pool,process}/**/*.test.ts"];

/** `npm test` leaves out what is named `.long.test.ts`; `npm run test:all`, which is mode "all", runs it and tries properties more often. */
export default defineConfig(({ mode }) => {
  const long = mode === "all" ? [] : ["**/*.long.test.ts"];
  return {
    resolve: {
      alias: {
        "#diagnostics": src("bytes/diagnostics-node.ts"),
        "#file": src("store/local-files.ts"),
        "#worker": src("pool/workers-node.ts"),
        "#zlib": src("bytes/zlib-node.ts"),
      },
    },
    test: {
      env: mode === "all" ? { ZARRZIP_LONG: "1" } : {},
      // What is built finds what is built beside it, and not the sources.
      server: { deps: { external: [/\/(dist|build)\//] } },
      setupFiles: ["test/equal-bytes.ts"],
      testTimeout: hangs,
      hookTimeout: hangs,
      teardownTimeout: hangs,
      // Most of a test is waiting for other threads and processes: one file at a time would leave processors idle.
      maxWorkers: "100%",
      projects: [
        // A process for each file would take longer to start than most files take.
        {
          extends: true,
          test: { name: "shared", include: ["test/**/*.test.ts"], exclude: [...ofProcesses, ...long], isolate: false },
        },
        { extends: true, test: { name: "processes", include: ofProcesses, exclude: long } },
      ],
    },
  };
});
