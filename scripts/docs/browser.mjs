// Looks at the built site in Chromium: five pages, light and dark, as pictures in .cache/screenshots, each checked by axe; and the search.
// Where there is no Chromium it says so, and ends well.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { serve } from "vitepress";
import { startChromium } from "../../test/browser/chromium.mjs";
import { inRoot } from "./root.mjs";

const looked = ["index", "start", "cookbook", "errors", "api/zarrzip/classes/ZipStore"];
const schemes = ["light", "dark"];

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = inRoot(".cache/screenshots");
mkdirSync(pictures, { recursive: true });
const { server } = await serve({ root: inRoot(".cache/site"), port: 0 });
const { port } = server.address();
const browser = await startChromium("docs");
let problems = 0;
try {
  for (const colorScheme of schemes) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 1280, height: 900 },
      reducedMotion: "reduce",
    });
    for (const name of looked) {
      const page = await context.newPage();
      page.on("pageerror", (error) => report(name, colorScheme, error.message));
      await page.goto(`http://localhost:${port}/${name}.html`, { waitUntil: "load" });
      await page.locator("main h1").first().waitFor();
      await page.screenshot({ path: join(pictures, `${name.replaceAll("/", "-")}-${colorScheme}.png`) });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, help, nodes } of violations)
        report(name, colorScheme, `${id}: ${help} (${nodes[0].target.join(" ")}, ${nodes.length} in all)`);
      await page.close();
    }
    await context.close();
  }
  await search();
} finally {
  await browser.close();
  server.close();
}
console.log(`docs: ${looked.length} pages in ${schemes.join(" and ")}, ${problems} problems; pictures in ${pictures}`);
process.exit(problems === 0 ? 0 : 1);

async function search() {
  const page = await browser.newPage();
  await page.goto(`http://localhost:${port}/start.html`);
  await page.locator(".DocSearch-Button").first().click();
  await page.locator("#localsearch-input").fill("append");
  await page.locator("#localsearch-list a").first().waitFor();
  await page.screenshot({ path: join(pictures, "search.png") });
}

function report(name, colorScheme, message) {
  problems++;
  console.error(`docs: ${name}, ${colorScheme}: ${message}`);
}
