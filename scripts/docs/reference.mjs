// The API reference: a page for each export of each entry, which TypeDoc makes of the docstrings. What lacks a sentence, or an example, is a
// problem.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import { inRoot } from "./root.mjs";

/** Entries of the package, by the modules that they are. */
const entries = {
  "src/index.ts": "zarrzip",
  "src/pool/index.ts": "zarrzip/pool",
  "src/pool/zarrzip-worker.ts": "zarrzip/worker",
  "src/testing/index.ts": "zarrzip/testing",
};

/** Members that say by their names alone what they are: one for each data type. */
const selfExplaining = new Set(["DataTypeMap"]);

/** Classes whose methods the package calls, and programs hardly ever: an example of the class is enough. */
const calledByPackage = new Set(["BufferSource", "StructType", "TimeType"]);

/**
 * Reads the docstrings, and writes the pages into the folder `out`.
 * @returns what is missing in them, and the page of each export by the export's name, relative to `out`
 */
export async function makeReference(out) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: Object.keys(entries).map(inRoot),
    tsconfig: inRoot("tsconfig.json"),
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: out }],
    name: "API reference",
    readme: "none",
    excludePrivate: true,
    excludeProtected: true,
    excludeInternal: true,
    disableSources: true,
    logLevel: "Error",
    router: "member",
    entryFileName: "index",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    indexFormat: "table",
    interfacePropertiesFormat: "table",
    typeDeclarationFormat: "table",
    propertyMembersFormat: "table",
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true, hideDefaults: true },
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc cannot read the sources; it says why above");
  const modules = project.children.map((module, i) => {
    module.name = Object.values(entries)[i];
    return module;
  });
  await app.generateOutputs(project);
  for (const file of readdirSync(out, { recursive: true })) {
    if (file.endsWith(".md")) tidy(join(out, file));
  }
  const pages = new Map();
  for (const module of modules) {
    for (const child of module.children ?? [])
      pages.set(child.name, `${module.name}/${folderOf(child)}/${child.name}.md`);
  }
  return { problems: modules.flatMap(problemsOf), pages };
}

function folderOf({ kind }) {
  return ReflectionKind.pluralString(kind).toLowerCase().replaceAll(" ", "-");
}

/** One list of errors in place of a heading for each. */
function tidy(file) {
  const text = readFileSync(file, "utf8");
  const listed = text.replace(/(?:^#+ Throws\n\n[\s\S]*?\n\n)+/gm, (throws) => {
    const [heading] = /^#+ Throws/.exec(throws);
    const items = throws.split(/^#+ Throws\n\n/m).slice(1);
    return `${heading}\n\n${items.map((item) => `- ${item.trim().replaceAll("\n", "\n  ")}`).join("\n")}\n\n`;
  });
  writeFileSync(file, listed);
}

/** What is missing in the docstrings of an entry. */
function problemsOf(module) {
  const problems = hasText(module) ? [] : [`${module.name}: the module says nothing of itself`];
  for (const child of module.children ?? []) {
    const name = `${module.name}: ${child.name}`;
    if (!hasText(child)) problems.push(`${name} says nothing of itself`);
    if (child.kind === ReflectionKind.Function) problems.push(...withoutErrors(child, name));
    problems.push(...withoutExample(child).map((missing) => `${module.name}: ${missing} has no example`));
    if (selfExplaining.has(child.name)) continue;
    for (const member of membersOf(child)) {
      const path = `${name}.${member.name}`;
      if (member.flags.isExternal || member.name.startsWith("[")) continue;
      if (!hasText(member)) problems.push(`${path} says nothing of itself`);
      if (child.name.endsWith("Options")) problems.push(...withoutDefault(member, path));
    }
  }
  return problems;
}

/** Members of a class or interface, or of the object that an alias names. */
function membersOf(reflection) {
  const type = reflection.type?.type === "reflection" ? reflection.type.declaration : undefined;
  const isCode = (member) =>
    member.kind !== ReflectionKind.Constructor && !member.inheritedFrom?.name.startsWith("Error.");
  return (reflection.children ?? type?.children ?? []).filter(isCode);
}

/** Whether a reflection has a docstring: a function or accessor has it at its signatures. */
function hasText(reflection) {
  return commentsOf(reflection).some((comment) => comment.summary.some(({ text }) => text.trim() !== ""));
}

function commentsOf(reflection) {
  const signatures = [...(reflection.signatures ?? []), reflection.getSignature, reflection.setSignature];
  const type = reflection.type?.type === "reflection" ? (reflection.type.declaration.signatures ?? []) : [];
  return [reflection, ...signatures, ...type].map((found) => found?.comment).filter((comment) => comment !== undefined);
}

function textOf(reflection) {
  return commentsOf(reflection)
    .flatMap(({ summary, blockTags }) => [
      summary,
      ...blockTags.map(({ tag, content }) => [{ text: `${tag} ` }, ...content]),
    ])
    .flat()
    .map(({ text }) => text)
    .join("");
}

/** A function that can fail says with which errors. */
function withoutErrors(reflection, name) {
  const isSafe = (reflection.signatures ?? []).every(
    ({ type }) => type?.type === "predicate" || /\bcannot fail\b/.test(textOf(reflection)),
  );
  return isSafe || /@throws|throws as/i.test(textOf(reflection)) ? [] : [`${name} does not say how it fails`];
}

/** The names of a function or class and of its methods, as far as they have no example. One may be at the method that is linked to by "See". */
function withoutExample(reflection) {
  const { kind, name } = reflection;
  if (kind !== ReflectionKind.Function && kind !== ReflectionKind.Class) return [];
  const lacksExample = (found) => !commentsOf(found).some((comment) => comment.getTag("@example") !== undefined);
  const methods = membersOf(reflection).filter(
    (member) => member.kind === ReflectionKind.Method && !member.name.startsWith("[") && !calledByPackage.has(name),
  );
  return [
    ...(lacksExample(reflection) ? [name] : []),
    ...methods
      .filter((method) => lacksExample(method) && !/^See /.test(textOf(method)))
      .map((method) => `${name}.${method.name}`),
  ];
}

/** An optional setting says what it is where it is left out; a number its unit. */
function withoutDefault(member, path) {
  const text = textOf(member);
  const problems = [];
  const kinds = member.type?.type === "union" ? member.type.types : [member.type];
  const isSetting = kinds.some((kind) => ["intrinsic", "literal"].includes(kind?.type) && kind.name !== "undefined");
  if (member.flags.isOptional && isSetting && !/default|left out|without/i.test(text))
    problems.push(`${path} names no default`);
  const isNumber = kinds.some((kind) => kind?.type === "intrinsic" && kind.name === "number");
  const units = /bytes|milliseconds|\bms\b|number of|share of|shape|format|dimension|at once|levels|once/i;
  if (isNumber && !units.test(text)) problems.push(`${path} names no unit`);
  return problems;
}
