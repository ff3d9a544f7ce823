// The public surface, as the type declarations that a user's compiler sees, without docstrings and private members: every
// exported name, and after them every type that those mention. A change shows as a difference in public-api.snap;
// `npm test -- --update` accepts it.
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url)).replaceAll("\\", "/");
const dist = `${root}dist/`;
const { name: packageName, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as PackageJson;

interface PackageJson {
  readonly name: string;
  readonly exports: Record<string, string | { readonly types: string }>;
}

test("the public surface is the one in test/public-api.snap", async () => {
  const entries = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [{ name: posix.join(packageName, path), file: posix.join(root, target.types) }],
  );
  const files = entries.map(({ file }) => file);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const texts = entries.map(({ name, file }) => `// ${name}\n\n${surface(program, file)}`);
  await expect(`${texts.join("\n\n")}\n`).toMatchFileSnapshot("public-api.snap");
});

/** Declarations of what a module exports, then of what those refer to, each sorted by name. */
function surface(program: ts.Program, file: string): string {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [target(checker, symbol), symbol.name]));
  const mentioned = new Map<ts.Symbol, string>();
  for (const symbol of exported.keys()) addMentions(checker, symbol, exported, mentioned);
  const print = (symbols: Map<ts.Symbol, string>) =>
    [...symbols].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([symbol, name]) => declaration(symbol, name));
  return [...print(exported), "// not exported, but mentioned above", ...print(mentioned)].join("\n\n");
}

/** What an `export { a } from` finally names. */
function target(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Adds the symbols of dist/ that the declarations of `symbol` mention and nothing exports, and what those mention. */
function addMentions(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  exported: ReadonlyMap<ts.Symbol, string>,
  mentioned: Map<ts.Symbol, string>,
): void {
  const visit = (node: ts.Node): void => {
    if (ts.isClassElement(node) && isPrivate(node)) return;
    const found = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    const other = found && target(checker, found);
    if (other && isTopLevelOfDist(other) && !exported.has(other) && !mentioned.has(other)) {
      mentioned.set(other, other.name);
      addMentions(checker, other, exported, mentioned);
    }
    ts.forEachChild(node, visit);
  };
  for (const node of symbol.declarations ?? []) visit(node);
}

function isTopLevelOfDist(symbol: ts.Symbol): boolean {
  const node = symbol.declarations?.[0];
  const parent = node && (ts.isVariableDeclaration(node) ? node.parent.parent.parent : node.parent);
  return parent !== undefined && ts.isSourceFile(parent) && parent.fileName.startsWith(dist);
}

function isPrivate(node: ts.ClassElement): boolean {
  const hidden = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
  return hidden || (node.name !== undefined && ts.isPrivateIdentifier(node.name));
}

/** The declarations of a symbol as text, overloads one below the other. */
function declaration(symbol: ts.Symbol, name: string): string {
  const printer = ts.createPrinter({ removeComments: true });
  const texts = (symbol.declarations ?? []).map((node) => {
    const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
    const shown = ts.isClassDeclaration(whole) ? withoutPrivateMembers(whole) : whole;
    return printer.printNode(ts.EmitHint.Unspecified, shown, node.getSourceFile());
  });
  const renamed = name === symbol.name ? "" : `// as ${name}\n`;
  return renamed + texts.join("\n").replace(/^(export )?(declare )?/gm, "");
}

function withoutPrivateMembers(node: ts.ClassDeclaration): ts.ClassDeclaration {
  const { modifiers, name, typeParameters, heritageClauses, members } = node;
  const shown = members.filter((member) => !isPrivate(member));
  return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, shown);
}
