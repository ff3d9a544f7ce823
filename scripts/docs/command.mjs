// `npm run docs` builds the site into .cache/site/.vitepress/dist, with every page as Markdown beside it and llms.txt; `--serve` shows it;
// `--check` only looks for exports and options without a sentence or an example, and for dead links.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { assemble } from "./assemble.mjs";
import { brokenLinks } from "./links.mjs";
import { inRoot } from "./root.mjs";

const site = inRoot(".cache/site");
const { problems } = await assemble(site);
const pages = readdirSync(site, { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".md") && !name.startsWith(".vitepress"))
  .sort();
problems.push(...brokenLinks(site, pages));
for (const problem of problems) console.error(`docs: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(
  `docs: ${pages.length} pages, every export and option has its sentence, every class, method and function its example, and no link is dead`,
);

if (!process.argv.includes("--check")) {
  const { build, serve } = await import("vitepress");
  await build(site);
  const out = join(site, ".vitepress/dist");
  for (const name of pages) {
    mkdirSync(dirname(join(out, name)), { recursive: true });
    cpSync(join(site, name), join(out, name));
  }
  writeFileSync(join(out, "llms.txt"), summary());
  console.log(`docs: ${out}`);
  if (process.argv.includes("--serve")) {
    const port = Number(process.env.PORT ?? 4173);
    await serve({ root: site, port });
  }
}

/** llms.txt: each page with its first sentence, for programs that read. */
function summary() {
  const [, claim] = readFileSync(inRoot("README.md"), "utf8").split("\n\n");
  const rows = pages.map((name) => {
    const text = readFileSync(join(site, name), "utf8");
    const title = /^# (.*)/m.exec(text)?.[1].replaceAll("\\", "") ?? name;
    return `- [${title}](${name})`;
  });
  const isReference = (row) => row.includes("](api/");
  const guide = rows.filter((row) => !isReference(row));
  const reference = rows.filter(isReference);
  const quoted = `> ${claim.replaceAll("\n", " ")}`;
  return `# zarrzip\n\n${quoted}\n\n## Guide\n\n${guide.join("\n")}\n\n## API reference\n\n${reference.join("\n")}\n`;
}
