// Installs the packed package into empty projects, has each environment run the same small program there, and compares what works
// with the table in docs/where-it-runs.md (`--write` writes it); then compiles a program against the declarations with several
// compilers. Tools are kept in the folder that ZARRZIP_CI_CACHE names; other Nodes are taken from there, if CI has put them there.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = process.env.ZARRZIP_CI_CACHE ?? join(root, ".cache", "ci");
const document = join(root, "docs", "where-it-runs.md");
const scratch = mkdtempSync(join(tmpdir(), "environments-"));

const tools = {
  "@yarnpkg/cli-dist": "4.18.1",
  bun: "1.4.5",
  deno: "2.9.6",
  esbuild: "0.28.2",
  "typescript-5.4": "npm:typescript@5.4.5",
  "typescript-7.0": "npm:typescript@7.0.2",
};
const columns = ["create", "read", "append", "threads", "processes"];
const external = "--external:@cloudpss/zstd";

let failures = 0;
try {
  const bin = installTools();
  const tarball = pack();
  const app = project("app");
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", tarball], app);
  compare([...nodes(app), ...runtimes(app, bin), yarn(bin, tarball), ...bundles(app, bin), ...vitest(app)]);
  declarations(app);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** Gives the folder of their commands. */
function installTools() {
  const folder = join(cache, "environments");
  const wanted = JSON.stringify({ private: true, dependencies: tools });
  const file = join(folder, "package.json");
  if (!existsSync(join(folder, ".installed")) || readFileSync(file, "utf8") !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, wanted);
    run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], folder);
    writeFileSync(join(folder, ".installed"), "");
  }
  return join(folder, "node_modules", ".bin");
}

function pack() {
  run("npm", ["pack", "--silent", "--pack-destination", scratch], root);
  return join(
    scratch,
    readdirSync(scratch).find((name) => name.endsWith(".tgz")),
  );
}

/** An empty project with the program in it. */
function project(name, manifest = {}) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  cpSync(join(root, "test", "environments"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", ...manifest }));
  return folder;
}

function nodes(app) {
  const found = [[process.versions.node, process.execPath]];
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const [, version] = /^node-([\d.]+)$/.exec(name) ?? [];
    if (version !== undefined) found.push([version, join(cache, name, "bin", "node")]);
  }
  const major = ([version]) => Number(version.split(".")[0]);
  return found
    .sort((a, b) => major(a) - major(b))
    .map((node) => [`Node ${major(node)}`, reportOf(node[1], ["main.mjs", `node-${node[0]}`], app)]);
}

function runtimes(app, bin) {
  const short = (name) => tools[name].split(".").slice(0, 2).join(".");
  return [
    [`Deno ${short("deno")}`, reportOf(join(bin, "deno"), ["run", "--allow-all", "main.mjs", "deno"], app)],
    [`Bun ${short("bun")}`, reportOf(join(bin, "bun"), ["main.mjs", "bun"], app)],
  ];
}

function yarn(bin, tarball) {
  const folder = project("yarn", { dependencies: { zarrzip: `file:${tarball}` } });
  const registry = run("npm", ["config", "get", "registry"], folder).trim();
  const settings = {
    npmRegistryServer: registry,
    enableTelemetry: false,
    enableGlobalCache: false,
    enableImmutableInstalls: false,
  };
  writeFileSync(join(folder, ".yarnrc.yml"), JSON.stringify({ ...settings, cacheFolder: join(cache, "yarn") }));
  run(join(bin, "yarn"), ["install"], folder);
  return ["Yarn's Plug'n'Play", reportOf(join(bin, "yarn"), ["node", "main.mjs", "yarn"], folder)];
}

function bundles(app, bin) {
  return ["esm", "cjs"].flatMap((format) =>
    [false, true].map((hasWorker) => {
      const folder = join(app, `${format}-${hasWorker}`);
      const entries = ["main.mjs", ...(hasWorker ? ["zarrzip-worker=zarrzip/worker"] : [])];
      const form = ["--bundle", "--platform=node", `--format=${format}`, external, "--log-level=error"];
      run(join(bin, "esbuild"), [...entries, ...form, `--outdir=${folder}`], app);
      writeFileSync(join(folder, "package.json"), JSON.stringify({ type: format === "esm" ? "module" : "commonjs" }));
      const name = `esbuild, ${format === "esm" ? "ESM" : "CommonJS"}${hasWorker ? ", with `zarrzip/worker`" : ""}`;
      return [name, reportOf(process.execPath, ["main.js", "bundle"], folder)];
    }),
  );
}

function vitest(app) {
  const command = join(root, "node_modules", "vitest", "vitest.mjs");
  return ["threads", "forks", "vmThreads", "vmForks"].map((pool) => {
    const folder = join(app, pool);
    mkdirSync(folder);
    for (const file of ["program.mjs", "vitest.spec.mjs"]) cpSync(join(app, file), join(folder, file));
    // Vitest itself is this project's; what it tests is the installed package.
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      `export default { resolve: { alias: { vitest: ${JSON.stringify(join(root, "node_modules", "vitest"))} } }, test: { testTimeout: 60000 } };`,
    );
    return [
      `Vitest, ${pool}`,
      reportOf(process.execPath, [command, "run", `--pool=${pool}`, "--root", folder], folder),
    ];
  });
}

function reportOf(command, args, folder) {
  const output = run(command, args, folder, true);
  const [, json] = /REPORT (\{.*\})/.exec(output) ?? [];
  return json === undefined ? undefined : JSON.parse(json);
}

/** Holds the rows against the table of the document, or puts them into it. */
function compare(found) {
  const rows = found.map(([name, report]) => {
    if (report === undefined) failures++;
    const cell = (column) => (report?.[column] === "yes" ? "yes" : report ? `\`${report[column]}\`` : "FAILED");
    return `| ${[name, ...columns.map(cell)].join(" | ")} |`;
  });
  console.log(rows.join("\n"));
  const text = readFileSync(document, "utf8");
  if (process.argv.includes("--write")) {
    const table = /(\|---.*\|\n)(?:\|.*\|\n)*/;
    writeFileSync(
      document,
      text.replace(table, (_, rule) => `${rule}${rows.join("\n")}\n`),
    );
    return;
  }
  for (const row of rows.filter((row) => !text.includes(`${row}\n`))) {
    failures++;
    console.error(`not in docs/where-it-runs.md: ${row}`);
  }
}

function declarations(app) {
  const compilers = {
    5.4: join(cache, "environments", "node_modules", "typescript-5.4"),
    "at hand": join(root, "node_modules", "typescript"),
    "7.0": join(cache, "environments", "node_modules", "typescript-7.0"),
  };
  const settings = { target: "ES2022", strict: true, noEmit: true, skipLibCheck: false, types: [] };
  for (const [version, folder] of Object.entries(compilers)) {
    for (const resolution of ["bundler", "node16", "nodenext"]) {
      const module = resolution === "bundler" ? "ES2022" : resolution;
      const compilerOptions = { ...settings, module, moduleResolution: resolution };
      writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
      const { status, stdout } = spawnSync(process.execPath, [join(folder, "bin", "tsc"), "-p", "."], {
        cwd: app,
        encoding: "utf8",
      });
      console.log(`TypeScript ${version}, ${resolution}: ${status === 0 ? "compiles" : "FAILED"}`);
      if (status === 0) continue;
      failures++;
      console.error(stdout);
    }
  }
}

/** What a command writes; where it fails, all of it is shown, and it is the end unless the failure is `tolerated`. */
function run(command, args, cwd, tolerated = false) {
  const env = { ...process.env, PATH: `${join(process.execPath, "..")}${delimiter}${process.env.PATH}` };
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: 120_000,
  });
  if (status === 0) return stdout;
  console.error(
    `${command} ${args.join(" ")}: ${error?.message ?? signal ?? `exited with ${status}`}\n${stdout}${stderr}`,
  );
  if (!tolerated) throw new Error(`${command} failed`);
  return "";
}
