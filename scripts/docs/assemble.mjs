// Puts the pages of the site together in a folder: those of docs/ and of the root, the API reference, and the programs that pages
// name. In that folder every link is between pages, so that VitePress and the check of links see the same.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { makeReference } from "./reference.mjs";
import { inRoot } from "./root.mjs";

/** Pages outside of docs/, and what they are called in the site. */
const outside = {
  "README.md": "index.md",
  "ARCHITECTURE.md": "architecture.md",
  "CONTRIBUTING.md": "contributing.md",
  "CHANGELOG.md": "changelog.md",
  "SECURITY.md": "security.md",
  "docs/decisions/README.md": "decisions/index.md",
};

/** @returns the pages by their names in the site, and what is wrong with them */
export async function assemble(site) {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, "api"), { recursive: true });
  const { problems, pages: exports } = await makeReference(join(site, "api"));
  const files = [...readdirSync(inRoot("docs"), { recursive: true })].map(
    (name) => `docs/${name.replaceAll("\\", "/")}`,
  );
  const sources = [...Object.keys(outside), ...files.filter((file) => file.endsWith(".md") && !(file in outside))];
  const programs = new Set();
  for (const source of sources) {
    const name = nameOf(source);
    const text = linked(included(readFileSync(inRoot(source), "utf8")), source, name, programs, problems);
    write(site, name, withReferences(text, name, exports));
  }
  for (const program of programs) {
    const text = `# ${posix.basename(program)}\n\n${codeOf(program)}\n`;
    write(site, `${program.replace(/\.\w+$/, "")}.md`, text);
  }
  const pictures = files.filter((file) => /\.(svg|png)$/.test(file) && !file.includes(".vitepress"));
  for (const picture of pictures) {
    mkdirSync(dirname(join(site, nameOf(picture))), { recursive: true });
    cpSync(inRoot(picture), join(site, nameOf(picture)));
  }
  cpSync(inRoot("docs/.vitepress"), join(site, ".vitepress"), {
    recursive: true,
    filter: (path) => !/[\\/](cache|dist)$/.test(path),
  });
  return { problems };
}

/** What a file of the repository is called in the site. */
function nameOf(source) {
  return outside[source] ?? source.replace(/^docs\//, "");
}

function write(site, name, text) {
  mkdirSync(dirname(join(site, name)), { recursive: true });
  writeFileSync(join(site, name), text);
}

function codeOf(program) {
  return `\`\`\`js\n${readFileSync(inRoot(program), "utf8").trimEnd()}\n\`\`\``;
}

/** A link to a program, alone on its line, becomes the program. */
function included(text) {
  return text.replace(/^\[(samples\/[\w/-]+\.mjs)\]\([^)]*\)$/gm, (_, program) => codeOf(program));
}

/** Links between files of the repository as links between pages of the site. */
function linked(text, source, name, programs, problems) {
  return outsideOfCode(text, (prose) =>
    prose.replace(/(\]\()([^)#\s:]+)(#[^)]*)?\)/g, (whole, open, path, anchor = "") => {
      const target = posix.normalize(posix.join(posix.dirname(source), path));
      let page = nameOf(target);
      if (/^samples\/.*\.mjs$/.test(target)) {
        programs.add(target);
        page = `${target.replace(/\.\w+$/, "")}.md`;
      } else if (!/\.(md|svg|png)$/.test(target)) {
        problems.push(`${source} links to ${path}, which is no page: name it without a link`);
        return whole;
      }
      const relative = posix.relative(posix.dirname(name), page);
      return `${open}${relative.startsWith(".") ? relative : `./${relative}`}${anchor})`;
    }),
  );
}

/** The first time that a page names an export, it is a link to the reference. */
function withReferences(text, name, exports) {
  const seen = new Set();
  return outsideOfCode(text, (prose) =>
    prose.replace(/(?<![[`\w])`([A-Za-z]\w+)(\.\w+)?(\([^`]*\))?`(?![\]`])/g, (code, exported, member) => {
      const page = exports.get(exported);
      if (page === undefined || seen.has(exported) || (member !== undefined && !/^[A-Z]/.test(exported))) return code;
      seen.add(exported);
      return `[${code}](${posix.relative(posix.dirname(name), `api/${page}`)})`;
    }),
  );
}

/** Changes what is neither code nor a heading. */
function outsideOfCode(text, change) {
  return text
    .split(/(^```[\s\S]*?^```$|^#.*$)/gm)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join("");
}
