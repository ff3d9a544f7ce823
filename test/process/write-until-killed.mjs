// Writes into a new file until it is killed: `node write-until-killed.mjs <file> <mode> [unpublished]`.
import process from "node:process";
import { ZipStore } from "../../dist/index.js";

const [file, mode, unpublished] = process.argv.slice(2);
const store = await ZipStore.open(file, { mode });
for (let i = 0; ; i++) {
  await store.set(`c/${i % 500}`, new Uint8Array(20_000).fill(i)); // replaces, so that there are dead bytes as well
  if (i === 600) process.send("under way");
  if (i > 600 && i % 200 === 0 && unpublished === undefined) {
    process.send("publishing");
    await store.close();
    process.send("published");
    await new Promise(() => setInterval(() => undefined, 1000));
  }
}
