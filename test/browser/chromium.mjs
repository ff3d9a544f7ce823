// The Chromium of this machine: the variable CHROMIUM, or one that the shell finds.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { chromium } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** Starts it. Where there is none, says what is not tried, and ends the program well. */
export async function startChromium(what, args = []) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const executablePath = process.env.CHROMIUM ?? found.find((path) => existsSync(path));
  if (executablePath !== undefined) return await chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
  console.log(`${what}: NOT tried, as there is no Chromium (on Debian: apt-get install chromium)`);
  process.exit(0);
}
