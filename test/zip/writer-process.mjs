// Writes an archive and says how far it is, for a test that kills it: node writer-process.mjs <path> <exclusive>
import { ArchiveWriter } from "../../build/commit/archive-writer.js";

const [path, exclusive] = process.argv.slice(2);
const writer = await ArchiveWriter.create(path, { exclusive: exclusive === "true", method: "stored", zip64: "auto" });
for (let i = 0; i < 40; i++) {
  await writer.add(`c/${i}`, new Uint8Array(300_000).fill(i));
  if (i % 10 === 9) await writer.add("c/0", new Uint8Array(300_000).fill(i));
  if (i % 10 === 0) process.send(`added ${i}`);
}
process.send("publishing");
await writer.publish();
process.send("published");
// Ends only when it is killed.
setInterval(() => undefined, 1000);
