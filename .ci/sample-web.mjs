// Uses the page of samples/web in Chromium as a person would, and looks whether it shows what is in the file: in light and dark, by mouse and
// keyboard, with axe. Pictures of it are left in .cache/screenshots. Where there is no Chromium it says so, and ends well.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { openArray } from "zarrzip";
import { startChromium } from "../test/browser/chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const example = join(root, ".cache", "sample-web", "precipitation.zarr.zip");
const pictures = join(root, ".cache", "screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];

const browser = await startChromium("sample:web");
const server = spawn(process.execPath, [join(root, "samples/web/serve.mjs")], {
  env: { ...process.env, PORT: "0" },
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const [line] = await once(createInterface(server.stdout), "line");
  const address = /http\S+/.exec(line)[0];
  mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
    page.on("pageerror", (error) => problems.push(`${colorScheme}: ${error.message}`));
    await page.goto(address);
    await look(page, colorScheme);
    await page.close();
  }
} finally {
  server.kill();
  await browser.close();
}
for (const problem of problems) console.error(`sample:web: ${problem}`);
console.log(`sample:web: ${problems.length} problems; pictures in ${pictures}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function look(page, colorScheme) {
  await page.getByRole("button", { name: "precipitation [168, 360]" }).waitFor();
  await page.locator("#controls select").selectOption("dark to bright");
  await check(page, `${colorScheme}, opened by its URL`);
  await page.screenshot({ path: join(pictures, `sample-web-${colorScheme}.png`) });
  await page.getByRole("button", { name: /^waves/ }).click();
  await page.getByRole("slider", { name: "time" }).focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await shows(page, 3);
  await page.getByRole("button", { name: "Play along time" }).click();
  await page.waitForFunction(() => document.querySelector("#controls output").textContent === "8");
  await page.getByRole("button", { name: "Play along time" }).click();
  await page.screenshot({ path: join(pictures, `sample-web-waves-${colorScheme}.png`) });
  await page.getByLabel("URL").fill("http://localhost:1/none.zip");
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "ERR_STORE_READ" }).waitFor({ timeout: 60_000 });
  await check(page, `${colorScheme}, with an error`);
  await page.getByLabel("Open a file…").setInputFiles(example);
  await page.getByRole("status").filter({ hasText: "precipitation.zarr.zip: a group with 2 nodes" }).waitFor();
}

/** Compares the picture of a moment of the waves with their values: darker and brighter alike. */
async function shows(page, time) {
  const array = await openArray(example, { path: "waves" });
  const { data } = await array.get([time]);
  await array.close();
  const label = new RegExp(`^256 rows and 256 columns, time ${time}:`);
  await page.getByRole("img", { name: label }).waitFor();
  const levels = await page.evaluate(() => {
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
  });
  const order = levels.map((_, i) => i).sort((a, b) => data[a] - data[b]);
  if (levels.length !== data.length || order.some((at, i) => i > 0 && levels[at] < levels[order[i - 1]])) {
    problems.push(`the picture of moment ${time} is not that of its values`);
  }
}

async function check(page, when) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const { id, help, nodes } of violations) problems.push(`${when}: ${id}: ${help} (${nodes[0].target.join(" ")})`);
}
