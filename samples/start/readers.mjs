// Starts readers, as threads or as processes, and asks them all at once.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const file = new URL("reader.mjs", import.meta.url);

export async function startThreads(count) {
  return await ready(
    Array.from({ length: count }, () => {
      const worker = new Worker(file);
      return { emitter: worker, send: (message) => worker.postMessage(message) };
    }),
  );
}

export async function startProcesses(count) {
  return await ready(
    Array.from({ length: count }, () => {
      const child = fork(fileURLToPath(file), { serialization: "advanced" });
      return { emitter: child, send: (message) => child.send(message) };
    }),
  );
}

async function ready(readers) {
  await Promise.all(readers.map(answer));
  return {
    /** Sends one message to each reader, and gives their answers. */
    ask: async (messages) =>
      await Promise.all(
        readers.map(async (reader, i) => {
          const answered = answer(reader);
          reader.send(messages[i]);
          return await answered;
        }),
      ),
    end: async () => {
      const ended = readers.map(({ emitter }) => once(emitter, "exit"));
      for (const { send } of readers) send({ end: true });
      await Promise.all(ended);
    },
  };
}

async function answer({ emitter }) {
  const ended = once(emitter, "exit").then(([code]) => Promise.reject(Error(`a reader ended with code ${code}`)));
  const [message] = await Promise.race([once(emitter, "message"), ended]);
  return message;
}
