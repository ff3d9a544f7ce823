// Locks an archive for as long as it is told to: `fork(lock-holder.mjs, [file])`, or a thread with the file as its data. Says "held";
// then "release" and "close" do that, and are answered. "start a process" starts one that ends when this one's standard input does,
// and is answered by its pid; "commit" restores the state in the message, and sets a key.
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { LockFile } from "../../build/commit/lock-file.js";
import { ZipStore } from "../../dist/index.js";

const file = isMainThread ? process.argv[2] : workerData;
const channel = isMainThread ? process : parentPort;
const send = (message) => (isMainThread ? process.send(message) : parentPort.postMessage(message));
const lock = new LockFile(file, { force: false });

channel.on("message", async (message) => {
  if (message === "hold") {
    await lock.acquire({ timeoutMs: 300_000 });
    send("held");
  } else if (message === "release") {
    await lock.release();
    send("released");
  } else if (message === "close") {
    await lock.close();
    send("closed");
  } else if (message === "start a process") {
    const script = "process.stdout.write('ready'); process.stdin.resume();";
    const child = spawn(process.execPath, ["-e", script], { stdio: ["inherit", "pipe", "inherit"] });
    await once(child.stdout, "data");
    send(child.pid);
  } else {
    send("committing");
    const store = await ZipStore.fromState(message);
    await store.set("by the child", new Uint8Array([7]));
    await store.close();
    send("committed");
  }
});
