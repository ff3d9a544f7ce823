// Links that lead nowhere: between the pages of the site, and from what the package ships.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { inRoot } from "./root.mjs";

const linkPattern = /\]\(([^)#\s:]*)(#[^)\s]*)?\)/g;

/** @returns one line for each link of `pages`, in the folder `site`, whose file or heading is not there */
export function brokenLinks(site, pages) {
  const headings = new Map();
  const headingsOf = (name) => {
    if (!headings.has(name)) headings.set(name, anchorsOf(readFileSync(join(site, name), "utf8")));
    return headings.get(name);
  };
  const problems = [];
  for (const name of pages) {
    for (const [, path, anchor] of proseOf(readFileSync(join(site, name), "utf8")).matchAll(linkPattern)) {
      const target = path === "" ? name : posix.join(posix.dirname(name), path);
      if (!existsSync(join(site, target))) problems.push(`${name} links to ${path}, which is not there`);
      else if (anchor !== undefined && target.endsWith(".md") && !headingsOf(target).has(anchor.slice(1))) {
        problems.push(`${name} links to ${path}${anchor}, and there is no such heading`);
      }
    }
  }
  return [...problems, ...brokenInPackage()];
}

/** Links of what the package ships that lead to what it does not. */
function brokenInPackage() {
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [{ files }] = JSON.parse(
    execFileSync("npm", pack, { cwd: inRoot(""), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  const shipped = new Set(files.map(({ path }) => path));
  const problems = [];
  for (const page of [...shipped].filter((path) => path.endsWith(".md"))) {
    for (const [, path] of proseOf(readFileSync(inRoot(page), "utf8")).matchAll(linkPattern)) {
      if (path === "" || shipped.has(posix.normalize(posix.join(posix.dirname(page), path)))) continue;
      problems.push(`${page} links to ${path}, which the package does not have`);
    }
  }
  return problems;
}

function proseOf(text) {
  return text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "``");
}

/** What links may name in a page: its headings as VitePress spells them, and its own marks. */
function anchorsOf(text) {
  const marks = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, title]) => slug(title));
  return new Set([
    ...marks,
    ...headings.flatMap((heading, i) => [
      heading,
      `${heading}-${headings.slice(0, i).filter((h) => h === heading).length}`,
    ]),
  ]);
}

function slug(title) {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[\\`*]/g, "")
    .normalize("NFKD")
    .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .replace(/^(\d)/, "_$1")
    .toLowerCase();
}
