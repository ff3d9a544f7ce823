import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("command.mjs", import.meta.url));

/** Runs the simulator. Returns what it prints, whether it finds something or not. */
export async function simulate(...options: string[]): Promise<string> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [command, ...options], (_error, stdout) => resolve(stdout));
  });
}
