import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("command.mjs", import.meta.url));

/** Runs the simulator. Returns what it prints, whether it finds something or not; rejects if it fails by itself. */
export async function simulate(...options: string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, [command, ...options], (_error, stdout, stderr) => {
      if (/^\s+at /m.test(stderr)) reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}
