import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { rolldown } from "rolldown";

const build = fileURLToPath(new URL("../../build/", import.meta.url));
const requireReal = createRequire(import.meta.url);

/** What a module of the library finds in place of what the system gives it. */
const globals = [
  "require",
  "process",
  "setTimeout",
  "clearTimeout",
  "setImmediate",
  "Date",
  "Math",
  "performance",
  "crypto",
];

/** Where nothing leaves the event loop's turn, nobody can be stopped: with these changes small pieces are written and read as large ones. */
const patience = [
  ["bytes/file.js", "const smallWriteBytes = 256 * 1024;", "const smallWriteBytes = -1;"],
  ["zip/source-reading.js", "isConfined() ? confinedReadBytes : nearReadBytes", "-1"],
];

/**
 * The built library as one script. Each time it runs it is another process's: with a system, a clock and chance of its own, and with
 * what its modules remember.
 *
 * @param changes - of the built modules: `[module, text, what stands there instead]`
 */
export async function compileLibrary({ isPatient = false, changes = [] } = {}) {
  const all = isPatient ? [...patience, ...changes] : changes;
  const bundle = await rolldown({
    input: `${build}index.js`,
    platform: "node",
    external: /^(?![a-zA-Z]:[\\/])[^./#]/,
    resolve: {
      alias: {
        "#diagnostics": `${build}bytes/diagnostics-node.js`,
        "#file": `${build}store/local-files.js`,
        "#zlib": `${build}bytes/zlib-node.js`,
      },
    },
    plugins: [{ name: "changes", transform: (code, id) => changed(code, id.slice(build.length), all) }],
  });
  const { output } = await bundle.generate({ format: "cjs", codeSplitting: false });
  await bundle.close();
  const source = `(function (exports, __filename, ${globals.join(", ")}) {${output[0].code}\n})`;
  const start = new vm.Script(source, { filename: "simulated-library.cjs" }).runInThisContext();
  return (environment) => {
    const exports = {};
    start(exports, import.meta.filename, ...globals.map((name) => environment[name]));
    return exports;
  };
}

function changed(code, module, changes) {
  const here = changes.filter(([name]) => name === module);
  return here.reduce((text, [, from, to]) => {
    if (!text.includes(from)) throw new Error(`${module} has no ${JSON.stringify(from)}: adapt the simulator to it`);
    return text.replace(from, () => to);
  }, code);
}

/** Modules that are the same in all processes. */
export function requireShared(name) {
  return requireReal(name);
}
