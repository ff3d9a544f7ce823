// A large file on a server, for the tests of reading it.
import type { HttpOptions } from "../../src/bytes/http-options.js";
import { HttpSource } from "../../src/bytes/http-source.js";
import type { FaultServer } from "./fault-server.js";

/** Bytes of which no two pieces are alike. */
export function numbered(length: number): Uint8Array {
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
  return new Uint8Array(words.buffer, 0, length);
}

export const large = numbered(2000 * 1024);

/** Opens it with retries that wait for nothing. */
export async function open(url: string, options: HttpOptions = {}): Promise<HttpSource> {
  return await HttpSource.open(new URL(url), options, { backoffMs: 1 });
}

/** Opens {@link large}, and forgets the requests of that. */
export async function openLarge(server: FaultServer, options: HttpOptions = {}): Promise<HttpSource> {
  const source = await open(server.serve("/large.zip", large), options);
  server.log.length = 0;
  return source;
}
