// Has an environment read every file of the corpus, and compares all of it with what Node reads.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { inputs } from "./inputs.mjs";
import { readEverything } from "./read-everything.mjs";

const folder = "test/fixtures/golden/";
const root = new URL("../../", import.meta.url);

/**
 * @param where - name of the environment
 * @param origin - serves the clone
 * @param ask - has it read `{ kind, url }`
 * @returns how many files it has read otherwise
 */
export async function compareCorpus(where, origin, ask) {
  const names = readdirSync(fileURLToPath(new URL(folder, root))).filter((name) => name.endsWith(".zip"));
  let failed = 0;
  for (const kind of Object.keys(inputs)) {
    for (const name of names) {
      const expected = JSON.parse(JSON.stringify(await readEverything(readFileSync(new URL(folder + name, root)))));
      const found = await ask({ kind, url: `${origin}/${folder}${name}` }).catch(String);
      if (isDeepStrictEqual(found, expected)) continue;
      failed++;
      const texts = [found, expected].map((one) => JSON.stringify(one).slice(0, 2000));
      console.error(`${where}, ${kind}: ${name} gives ${texts[0]}, expected ${texts[1]}`);
    }
    console.log(`${where}, ${kind}: ${names.length} files compared`);
  }
  return failed;
}
