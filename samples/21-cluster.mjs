// node:cluster: several processes behind one port. Each gets the array's state in its environment, so that one that is started in
// the place of another has it, too, and opens the file once, for itself. Nothing open is inherited: the port is the primary's, the
// descriptor of the file is each worker's own. This file is both the primary and the workers.
import cluster from "node:cluster";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createArray, openArray, restore, slice, ZipStore } from "zarrzip";

if (cluster.isPrimary) await main();
else await serve(JSON.parse(process.env.SQUARES));

async function main() {
  const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));
  try {
    const file = join(folder, "squares.zarr.zip");
    await createSquares(file);
    const squares = await openArray(file, { path: "squares" });
    const start = async () => {
      const worker = cluster.fork({ SQUARES: JSON.stringify(squares.getState()) });
      const [{ port }] = await once(cluster, "listening").then(([, address]) => [address]);
      return { worker, port };
    };
    try {
      const first = await start();
      const second = await start();
      const answers = [];
      for (let row = 0; row < 6; row++) answers.push(await ask(first.port, row));
      console.log(`rows from the workers: ${answers.map(({ values }) => values.join(",")).join(" ")}`);
      console.log(`one port: ${first.port === second.port}; answered by another process: ${answers.every(isOther)}`);

      const died = once(first.worker, "exit");
      first.worker.process.kill("SIGKILL");
      await died;
      await start();
      const { values } = await ask(second.port, 7);
      console.log(`after one was killed and replaced: ${values.join(",")}`);
      console.log(`the primary reads on: ${[...(await squares.get([7, null])).data].join(",")}`);
    } finally {
      for (const worker of Object.values(cluster.workers)) worker.disconnect();
      await squares.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function isOther({ pid }) {
  return pid !== process.pid;
}

async function ask(port, row) {
  const answer = await fetch(`http://127.0.0.1:${port}/${row}`);
  return await answer.json();
}

/** Runs in each worker: GET /7 gives row 7. */
async function serve(state) {
  const squares = await restore(state);
  const server = createServer(async ({ url }, response) => {
    const row = Number(url.slice(1));
    const { data } = await squares.get([slice(row, row + 1), null]);
    response.setHeader("connection", "close"); // so that the next request may go to another worker
    response.end(JSON.stringify({ pid: process.pid, values: [...data] }));
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  process.once("disconnect", () => squares.close());
}

async function createSquares(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const data = Array.from({ length: 8 * 3 }, (_, i) => i * i);
    await createArray(store, { path: "squares", shape: [8, 3], chunks: [2, 3], dtype: "int32", data });
    await store.close();
  } finally {
    await store.abort();
  }
}
