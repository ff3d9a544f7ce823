// Starts nginx on files of a folder, as operators set it up: in several ways, each under a path of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export const hasNginx = spawnSync("nginx", ["-v"]).status === 0 && spawnSync("openssl", ["version"]).status === 0;

export class Nginx {
  readonly origin: string;
  /** The same over TLS and HTTP/2. */
  readonly secureOrigin: string;
  /** What a client has to trust for that. */
  readonly certificate: string;
  readonly #process: ChildProcess;

  private constructor(port: number, securePort: number, certificate: string, process: ChildProcess) {
    this.origin = `http://127.0.0.1:${port}`;
    this.secureOrigin = `https://127.0.0.1:${securePort}`;
    this.certificate = certificate;
    this.#process = process;
  }

  /**
   * Serves the folder `files` below `scratch`.
   * @param locations - by path: directives
   */
  static async start(scratch: string, locations: Readonly<Record<string, string>>): Promise<Nginx> {
    const port = await freePort();
    const securePort = await freePort();
    const { key, certificate } = makeCertificate(scratch);
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
        server {
          listen 127.0.0.1:${port};
          listen 127.0.0.1:${securePort} ssl http2; ssl_certificate ${certificate}; ssl_certificate_key ${key};
          add_header X-Protocol $server_protocol;
          ${Object.entries(locations).map(location).join("\n")}
        }
      }`;
    writeFileSync(join(scratch, "nginx.conf"), configuration.replaceAll("PORT", String(port)));
    const child = spawn("nginx", ["-c", join(scratch, "nginx.conf"), "-p", scratch], { stdio: "inherit" });
    const nginx = new Nginx(port, securePort, readFileSync(certificate, "utf8"), child);
    while (child.exitCode === null && !(await isUp(nginx.origin))) await pause(20);
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    return nginx;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await ended;
  }
}

/** A key and a certificate for this machine, signed by itself. */
function makeCertificate(folder: string): { readonly key: string; readonly certificate: string } {
  const key = join(folder, "key.pem");
  const certificate = join(folder, "certificate.pem");
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"];
  const { status, stderr } = spawnSync("openssl", [...request, ...names], { encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ended with ${status}: ${stderr}`);
  return { key, certificate };
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
