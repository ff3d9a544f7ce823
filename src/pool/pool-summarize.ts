import type { ZarrArray } from "../hierarchy/array.js";
import {
  type ArraySummary,
  type PartSummary,
  type SummarizeOptions,
  summarizeBy,
  summarizedBytes,
  summarizePart,
} from "../hierarchy/summarize.js";
import type { Target } from "./protocol.js";
import type { Scheduler, Task } from "./scheduler.js";
import { simpleTask, TaskStream } from "./task-stream.js";

/** The result of `summarize`, found part by part by workers, or by the calling thread if there are no workers, or only one part. */
export async function summarizeByWorkers(
  scheduler: Scheduler,
  array: ZarrArray,
  targetOf: () => Target,
  options: SummarizeOptions,
): Promise<ArraySummary> {
  const { workers } = scheduler.options;
  const { signal } = options;
  return await summarizeBy(array, options, async function* (parts, about) {
    if (workers === 0 || parts.size < 2) {
      for (const part of parts) yield await summarizePart(array, part, about, signal);
      return;
    }
    const tasks = function* (): Generator<Task> {
      for (const part of parts) {
        const text = `the part [${part.map(({ start, stop }) => `${start}:${stop}`).join(", ")}] of the array ${JSON.stringify(array.path)} of ${array.store.path}`;
        const what = { text, details: { file: array.store.path, path: array.path } };
        yield simpleTask(summarizedBytes, what, () => ({ work: { kind: "summarize", part, about } }));
      }
    };
    const how = { target: targetOf(), ordered: true, window: 2 * workers, total: parts.size, signal };
    for await (const { value } of new TaskStream(scheduler, tasks(), how).results()) yield value as PartSummary;
  });
}
