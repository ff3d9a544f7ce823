// Writes until the system refuses, and prints what came of it: node limited-writer.mjs <path>
import { ArchiveWriter } from "../../build/commit/archive-writer.js";

const writer = await ArchiveWriter.create(process.argv[2], { exclusive: false, method: "stored", zip64: "auto" });
const codes = [];
const attempt = (work) =>
  work.then(
    () => undefined,
    (error) => codes.push(`${error.code} ${error.cause?.code}`),
  );
await Promise.all([0, 1, 2, 3].map((i) => attempt(writer.add(`c/${i}`, new Uint8Array(2 ** 23 + 1)))));
await attempt(writer.read("c/0"));
await attempt(writer.publish());
await writer.abort();
process.stdout.write(JSON.stringify(codes));
