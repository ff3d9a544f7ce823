// A worker of browser-page.mjs, which restores what it is sent.
import { restore } from "zarrzip";

const now = () => performance.timeOrigin + performance.now();

addEventListener("message", async ({ data }) => {
  const times = [now()];
  const array = await restore(data);
  await array.store.has("a/c/0/0");
  times.push(now());
  await array.getChunk([0, 0]);
  times.push(now());
  postMessage(times);
});
setTimeout(() => postMessage("ready"), 500); // when it has fetched what restoring needs, too
