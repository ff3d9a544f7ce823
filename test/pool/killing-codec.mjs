// A codec whose worker dies where a file in the folder ZARRZIP_TEST_KILLS says so: "<first value of the chunk>-<number>", of
// which each kills one worker. The thread of the test itself goes on.
import { appendFileSync, readFileSync, unlinkSync } from "node:fs";
import process from "node:process";
import { register } from "../../dist/index.js";

const folder = process.env.ZARRZIP_TEST_KILLS;

function dieIfTold(bytes) {
  if (globalThis.isTestOfPool) return bytes;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  for (const number of [0, 1, 2]) {
    try {
      unlinkSync(`${folder}/${id}-${number}`);
    } catch (error) {
      if (error.code === "ENOENT") continue;
      throw error;
    }
    if (process.send) process.kill(process.pid, "SIGKILL");
    process.exit(9);
  }
  return bytes;
}

/** Decodes only while at least so many others do; notes how many have begun and ended. */
async function meet(bytes) {
  const log = `${folder}/log`;
  const count = () => readFileSync(log, "utf8");
  appendFileSync(log, "(");
  const together = Number(process.env.ZARRZIP_TEST_TOGETHER);
  while (count().split("(").length - 1 < together) await new Promise(setImmediate);
  appendFileSync(log, ")");
  return bytes;
}

const codec = (name, encode, decode) => ({
  names: [name],
  kind: "bytes-to-bytes",
  create: () => ({
    name,
    kind: "bytes-to-bytes",
    configuration: undefined,
    maxEncodedSize: (size) => size,
    encode,
    decode,
  }),
});

register({ codec: codec("example.deadly", dieIfTold, dieIfTold) }, { module: import.meta.url });
register({ codec: codec("example.meeting", (bytes) => bytes, meet) }, { module: import.meta.url });
