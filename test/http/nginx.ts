// Starts nginx on files of a folder, as operators set it up: in several ways, each under a path of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export const hasNginx = spawnSync("nginx", ["-v"]).status === 0;

export class Nginx {
  readonly origin: string;
  readonly #process: ChildProcess;

  private constructor(origin: string, process: ChildProcess) {
    this.origin = origin;
    this.#process = process;
  }

  /**
   * Serves the folder `files` below `scratch`.
   * @param locations - by path: directives
   */
  static async start(scratch: string, locations: Readonly<Record<string, string>>): Promise<Nginx> {
    const port = await freePort();
    const files = join(scratch, "files");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => {
      mkdirSync(join(scratch, name), { recursive: true });
      return `${name}_temp_path ${join(scratch, name)};`;
    });
    const location = ([path, directives]: [string, string]) =>
      `location ${path} { ${directives.includes("proxy_pass") ? "" : `alias ${files}/;`} ${directives} }`;
    const configuration = `
      ${process.getuid?.() === 0 ? "user root;" : ""}
      daemon off; worker_processes 1; pid ${scratch}/nginx.pid; error_log ${scratch}/error.log;
      events {}
      http {
        access_log off; ${temporary.join(" ")}
        proxy_cache_path ${scratch}/cache keys_zone=cache:1m;
        server { listen 127.0.0.1:${port}; ${Object.entries(locations).map(location).join("\n")} }
      }`;
    writeFileSync(join(scratch, "nginx.conf"), configuration.replaceAll("PORT", String(port)));
    const child = spawn("nginx", ["-c", join(scratch, "nginx.conf"), "-p", scratch], { stdio: "inherit" });
    const origin = `http://127.0.0.1:${port}`;
    while (child.exitCode === null && !(await isUp(origin))) await pause(20);
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    return new Nginx(origin, child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await ended;
  }
}

async function isUp(origin: string): Promise<boolean> {
  return await fetch(origin).then(
    () => true,
    () => false,
  );
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
