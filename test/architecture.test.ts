// The dependency rule and the naming rules of src/, checked on the syntax tree of every file, and, since a checker that
// finds nothing may be blind, tried on a small made-up tree first. (The limit on lines is a rule of biome.json.)
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** A folder may import itself, the folders before it, and errors.ts. */
const layers = [
  "bytes",
  "data-type",
  "grid",
  "zip",
  "commit",
  "store",
  "codecs",
  "metadata",
  "hierarchy",
  "pool",
  "serve",
  "web",
  "cli",
];

/** Where `node:` modules, which a browser lacks, may be imported. Type imports are erased, and may stand anywhere. */
const nodeModulesAllowedIn = [
  /^bytes\/(file|folder|file-lock|boot-id|beside|part-file|held-folder|real-path)\.ts$/,
  /^bytes\/(zlib|diagnostics)-node\.ts$/,
  /^commit\//,
  /^store\/local-files\.ts$/,
  /^store\/zip\/own-work\.ts$/,
  /^store\/transaction-values\.ts$/,
  /^pool\/(workers-node|zarrzip-worker)\.ts$/,
  /^(serve|cli)\//,
];

/**
 * Where the name of a module may be computed: it is a caller's module of codecs, which the receiver of a state has allowed, or of
 * a task.
 */
const computedImportsAllowedIn = ["hierarchy/restore.ts", "pool/worker-tasks.ts"];

/** The one layer that may import a package. */
const packages = new Map([
  ["fflate", "bytes"],
  ["@cloudpss/zstd", "bytes"],
  ["fzstd", "codecs"],
  ["zstddec", "codecs"],
  ["fs-native-extensions", "bytes"],
  ["@node-rs/crc32", "bytes"],
  ["commander", "cli"],
  ["yauzl", "commit"],
  ["yazl", "commit"],
]);

/** Source text by path below src/, as "bytes/file.ts". */
type Tree = ReadonlyMap<string, string>;

interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Nothing of it is left in the JavaScript. */
  readonly erased: boolean;
  /** It is loaded when it is called for, and not with the file. */
  readonly isLoad: boolean;
}

const computed = "(computed)";

/** Every module that a file names: import, export from, import type, import(), typeof import(), require(), new URL(…). */
function importsOf(path: string, text: string): Import[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, { erased = false, isLoad = false } = {}) => {
    if (node === undefined) return;
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({ specifier: ts.isStringLiteralLike(node) ? node.text : computed, line, erased, isLoad });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, { erased: node.importClause?.isTypeOnly });
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, { erased: node.isTypeOnly });
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node, { erased: true, isLoad: true });
    } else if (ts.isCallExpression(node) && isModuleLoad(node.expression)) add(node.arguments[0], { isLoad: true });
    else if (ts.isNewExpression(node) && isFileBeside(node, file)) add(node.arguments?.[0]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isModuleLoad(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require");
}

/** Whether it is `new URL(…, import.meta.url)`, as for the file of a worker. */
function isFileBeside({ expression, arguments: args }: ts.NewExpression, file: ts.SourceFile): boolean {
  return expression.getText(file) === "URL" && args?.[1]?.getText(file) === "import.meta.url";
}

/**
 * Where a file asks `instanceof` of anything but a class of this package: built-in objects have other classes in other realms, as in
 * the test files of Jest and of Vitest's vm pools. `bytes/built-in.ts` tells them whichever realm made them.
 */
function foreignInstanceOf(path: string, text: string): { readonly name: string; readonly line: number }[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const own = new Set<string>();
  const asked: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined) own.add(node.name.text);
    if (ts.isImportDeclaration(node) && (node.moduleSpecifier as ts.StringLiteral).text.startsWith(".")) {
      const { namedBindings } = node.importClause ?? {};
      if (namedBindings !== undefined && ts.isNamedImports(namedBindings))
        for (const { name } of namedBindings.elements) own.add(name.text);
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)
      asked.push(node.right);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return asked
    .map((node) => ({
      name: node.getText(file),
      line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1,
    }))
    .filter(({ name }) => !own.has(name));
}

/** One sentence for each broken rule; none in a tree that keeps them all. */
function violations(tree: Tree): string[] {
  const broken: string[] = [];
  for (const [path, text] of tree) {
    broken.push(...nameViolations(path));
    for (const { name, line } of foreignInstanceOf(path, text)) {
      broken.push(`${path}:${line}: instanceof ${name} is false of an object of another realm: see bytes/built-in.ts`);
    }
    for (const { specifier, line, erased } of importsOf(path, text)) {
      if (erased && specifier.startsWith("node:")) continue;
      const reason = importViolation(path, specifier, tree);
      if (reason !== undefined) broken.push(`${path}:${line}: ${reason}`);
    }
  }
  return broken;
}

function nameViolations(path: string): string[] {
  const broken: string[] = [];
  const [folder] = path.split("/");
  if (path.includes("/") && folder !== "testing" && !layers.includes(folder!)) broken.push(`${path}: not in a layer`);
  if (!path.includes("/") && path !== "index.ts" && path !== "errors.ts") broken.push(`${path}: not in a folder`);
  const name = posix.basename(path);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(name)) broken.push(`${path}: not a kebab-case name`);
  if (/^(utils?|helpers?|common|misc|shared)\.ts$/.test(name)) broken.push(`${path}: a name that says nothing`);
  return broken;
}

function importViolation(path: string, specifier: string, tree: Tree): string | undefined {
  if (specifier === computed) {
    return computedImportsAllowedIn.includes(path)
      ? undefined
      : "imports a computed name, which no rule can be checked against";
  }
  if (specifier.startsWith("#")) return undefined;
  if (specifier.startsWith(".")) return relativeImportViolation(path, specifier, tree);
  if (specifier.startsWith("node:")) {
    return nodeModulesAllowedIn.some((allowed) => allowed.test(path)) ? undefined : `may not import ${specifier}`;
  }
  const segments = specifier.startsWith("@") ? 2 : 1;
  const layer = packages.get(specifier.split("/").slice(0, segments).join("/"));
  return layer === folderOf(path) ? undefined : `may not import the package ${specifier}`;
}

function relativeImportViolation(path: string, specifier: string, tree: Tree): string | undefined {
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
  if (!specifier.endsWith(".js") || !tree.has(target)) return `imports ${specifier}, which is no file of src/`;
  if (path === "index.ts" || folderOf(path) === "testing") return undefined;
  const from = layers.indexOf(folderOf(path));
  const to = layers.indexOf(folderOf(target));
  const allowed = target === "errors.ts" || (to >= 0 && to <= from);
  return allowed ? undefined : `${folderOf(path)} may not import ${target}`;
}

/** The layer of a path: its first folder, or the file itself at the top. */
function folderOf(path: string): string {
  return path.split("/")[0]!;
}

describe("architecture: the checker", () => {
  const clean: Record<string, string> = {
    "errors.ts": "export class ZarrError {}",
    "index.ts": 'export * from "./cli/main.js";\nexport * from "./errors.js";',
    "bytes/file.ts": 'import { openSync } from "node:fs";',
    "grid/stream.ts": 'import type { Readable } from "node:stream";',
    "zip/directory.ts": 'import { x } from "../bytes/file.js";\nimport { ZarrError } from "../errors.js";',
    "cli/main.ts": 'import { x } from "../zip/directory.js";\nimport process from "node:process";',
    "testing/stores.ts": 'import { x } from "../cli/main.js";',
  };
  const broken = (changes: Record<string, string>) => violations(new Map(Object.entries({ ...clean, ...changes })));

  test("is content with a tree that keeps the rules", () => {
    expect(broken({})).toEqual([]);
  });

  test.each([
    ["an import", 'import { x } from "../zip/directory.js";'],
    ["a type import", 'import type { X } from "../zip/directory.js";'],
    ["an import without names", 'import "../zip/directory.js";'],
    ["a re-export", 'export * from "../zip/directory.js";'],
    ["a dynamic import", 'const x = async () => await import("../zip/directory.js");'],
    ["an import within a type", 'type X = import("../zip/directory.js").X;'],
    ["a require", 'const x = require("../zip/directory.js");'],
    ["a worker's file", 'new Worker(new URL("../zip/directory.js", import.meta.url));'],
  ])("finds %s that points to the right", (_, text) => {
    expect(broken({ "bytes/a.ts": `\n${text}` })).toEqual(["bytes/a.ts:2: bytes may not import zip/directory.ts"]);
  });

  test.each([
    ["bytes/a.ts", 'import { x } from "../index.js";', "bytes/a.ts:1: bytes may not import index.ts"],
    ["cli/a.ts", 'import { x } from "../testing/stores.js";', "cli/a.ts:1: cli may not import testing/stores.ts"],
    ["errors.ts", 'import { x } from "./bytes/file.js";', "errors.ts:1: errors.ts may not import bytes/file.ts"],
    ["grid/a.ts", 'import { x } from "node:fs";', "grid/a.ts:1: may not import node:fs"],
    ["zip/a.ts", 'import { type X, y } from "node:fs";', "zip/a.ts:1: may not import node:fs"],
    ["bytes/a.ts", 'const fs = import("node:fs");', "bytes/a.ts:1: may not import node:fs"],
    ["bytes/a.ts", 'import { openSync } from "fs";', "bytes/a.ts:1: may not import the package fs"],
    ["store/a.ts", 'import yauzl from "yauzl";', "store/a.ts:1: may not import the package yauzl"],
    ["bytes/a.ts", 'import "./file.ts";', "bytes/a.ts:1: imports ./file.ts, which is no file of src/"],
    ["bytes/a.ts", "import(name);", "bytes/a.ts:1: imports a computed name, which no rule can be checked against"],
    ["bytes/camelCase.ts", "", "bytes/camelCase.ts: not a kebab-case name"],
    ["bytes/utils.ts", "", "bytes/utils.ts: a name that says nothing"],
    ["other/a.ts", "", "other/a.ts: not in a layer"],
    ["a.ts", "", "a.ts: not in a folder"],
  ])("finds what is wrong with %s: %s", (path, text, reason) => {
    expect(broken({ [path]: text })).toEqual([reason]);
  });

  test.each(["Uint8Array", "Promise", "Error", "this.arrayType"])("finds instanceof %s", (name) => {
    expect(broken({ "bytes/a.ts": `export const is = (x: unknown) => x instanceof ${name};` })).toEqual([
      `bytes/a.ts:1: instanceof ${name} is false of an object of another realm: see bytes/built-in.ts`,
    ]);
  });

  test("is content with instanceof of the package's own classes", () => {
    const text =
      'import { ZarrError } from "../errors.js";\nclass A {}\nexport const is = (x: unknown) => x instanceof A || x instanceof ZarrError;';
    expect(broken({ "bytes/a.ts": text })).toEqual([]);
  });

  test("is not misled by comments and strings", () => {
    expect(
      broken({ "bytes/a.ts": '// import "../zip/directory.js";\nconst s = \'import "../zip/directory.js"\';' }),
    ).toEqual([]);
  });
});

describe("architecture: src", () => {
  const src = fileURLToPath(new URL("../src/", import.meta.url));
  const paths = (readdirSync(src, { recursive: true }) as string[])
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts"));
  const tree: Tree = new Map(paths.sort().map((path) => [path, readFileSync(`${src}${path}`, "utf8")]));

  test("imports only leftward, Node and packages only where they belong, and names files well", () => {
    expect(tree.size).toBeGreaterThan(20);
    expect(violations(tree)).toEqual([]);
  });

  test("no file imports what imports it, types included", () => {
    const imports = (path: string) =>
      importsOf(path, tree.get(path)!)
        .filter(({ isLoad }) => !isLoad)
        .map(({ specifier }) => posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts"))
        .filter((target) => tree.has(target));
    const left = new Map([...tree.keys()].map((path) => [path, new Set(imports(path))]));
    // What imports nothing that is left is in no circle.
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const [path, targets] of left) if (![...targets].some((target) => left.has(target))) left.delete(path);
    }
    expect([...left.keys()]).toEqual([]);
  });

  /** By Node it is `zarrzip-worker.ts`; `scripts/bundle.mjs` puts `web-worker.ts` there for browsers. */
  const isWorkerFile = (path: string, specifier: string) =>
    path === "pool/workers-web.ts" && specifier === "./zarrzip-worker.js";

  test("modules that are loaded without Node import no module of Node", () => {
    const without: Record<string, string> = {
      "#diagnostics": "bytes/diagnostics-none.ts",
      "#file": "store/no-local-files.ts",
      "#worker": "pool/workers-web.ts",
      "#zlib": "bytes/zlib-fflate.ts",
    };
    const loaded = new Set(["index.ts", "pool/index.ts", "pool/web-worker.ts"]);
    for (const path of loaded) {
      for (const { specifier, erased } of importsOf(path, tree.get(path)!)) {
        if (erased) continue;
        if (isWorkerFile(path, specifier)) continue;
        expect([path, specifier]).not.toEqual([path, expect.stringMatching(/^node:/)]);
        const target = without[specifier] ?? posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
        if (tree.has(target)) loaded.add(target);
      }
    }
    expect(loaded.size).toBeGreaterThan(150);
    for (const path of [
      "bytes/file.ts",
      "commit/lock-file.ts",
      "pool/workers-node.ts",
      "store/zip/zip-store-writer.ts",
    ]) {
      expect(loaded).not.toContain(path);
    }
  });

  test("codecs know neither stores nor archives, and the format of archives does not know how they are written", () => {
    const separate: [from: string, to: string][] = [
      ["codecs", "store"],
      ["codecs", "commit"],
      ["codecs", "zip"],
      ["zip", "commit"],
    ];
    for (const [path, text] of tree) {
      for (const { specifier } of importsOf(path, text)) {
        const target = posix.join(posix.dirname(path), specifier);
        for (const [from, to] of separate) {
          if (path.startsWith(`${from}/`)) expect([path, target.startsWith(`${to}/`) && target]).toEqual([path, false]);
        }
      }
    }
  });
});
