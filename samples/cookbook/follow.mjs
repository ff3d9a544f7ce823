// A reader that follows a file while another process writes it: with `view: "follow"` every read sees the newest version.
import { createArray, openArray, ZipStore } from "zarrzip";

const writer = await ZipStore.open("live.zarr.zip", { mode: "w" });
const frames = await createArray(writer, { path: "frames", shape: [0, 64, 64], chunks: [1, 64, 64], dtype: "uint8" });
await writer.flush();

const reader = await ZipStore.open("live.zarr.zip", { view: "follow" });
const seen = await openArray(reader, { path: "frames" });
for (let i = 0; i < 3; i++) {
  await frames.append(new Uint8Array(64 * 64).fill(10 * i), { flush: true });
  await seen.refresh(); // the shape may have changed
  console.log(seen.shape[0], await seen.get([-1, 0, 0]));
}
await reader.close();
await writer.close();
