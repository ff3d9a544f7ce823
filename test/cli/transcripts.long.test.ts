// What docs/command-line.md shows is what the program prints. `UPDATE_TRANSCRIPTS=1` writes the page anew.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { programsOf, readPage, root } from "../samples/programs.js";
import { temporaryFolder } from "../temporary-folder.js";
import { runNode, wordsOf, zarrzip } from "./run-program.js";

const page = "docs/command-line.md";

test("docs/command-line.md shows what the program prints", async () => {
  const folder = temporaryFolder();
  const sample = programsOf(await readPage("docs/start.md")).find(({ name }) => name === "create.mjs")!;
  const code = sample.code!.replace('"zarrzip"', JSON.stringify(pathToFileURL(join(root, "dist/index.js")).href));
  await runNode(folder, code.replace('dtype: "float32",', "$& compressors: null,"));
  const text = await readPage(page);
  let written = "";
  let end = 0;
  for (const { 0: block, 1: transcript, index } of text.matchAll(/^```text\n(\$ .*?)^```$/gms)) {
    const lines = transcript!.match(/^\$ zarrzip .*$/gm)!;
    let output = "";
    for (const line of lines) {
      const { stdout, stderr } = await zarrzip(folder, ...wordsOf(line.slice("$ zarrzip ".length)));
      output += `${line}\n${(stdout + stderr).replaceAll(`${folder}/`, "")}`;
    }
    written += `${text.slice(end, index)}\`\`\`text\n${output}\`\`\``;
    end = index + block.length;
  }
  written += text.slice(end);
  if (process.env.UPDATE_TRANSCRIPTS !== undefined) await writeFile(join(root, page), written);
  else expect(withoutTimes(text)).toBe(withoutTimes(written));
});

/** The same page where no number that `bench` prints is another one on another machine. */
function withoutTimes(text: string): string {
  return text.replaceAll(/^\$ zarrzip bench .*?^```$/gms, (transcript) => transcript.replaceAll(/ +\d[\d.]*/g, " 0"));
}
