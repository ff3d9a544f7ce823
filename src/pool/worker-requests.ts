import { type Answer, errorState, type Request } from "./protocol.js";
import type { WorkerTasks } from "./worker-tasks.js";

/** Sends an answer to the pool. */
export type Send = (answer: Answer, transfer?: ArrayBuffer[]) => void;

/** What a worker does with the requests of its pool, each of which it answers by `send`. */
export function requestsOf(tasks: WorkerTasks, send: Send): (request: Request) => Promise<void> {
  const underWay = new Map<number, AbortController>();

  async function perform({ id, target, work }: Extract<Request, { type: "work" }>): Promise<void> {
    const controller = new AbortController();
    underWay.set(id, controller);
    try {
      const progress = (parts: number) => send({ type: "progress", id, parts });
      const { value, transfer } = await tasks.perform(work, target, { signal: controller.signal, progress });
      send({ type: "result", id, value }, transfer);
    } catch (error) {
      send({ type: "error", id, error: errorState(error) });
    } finally {
      underWay.delete(id);
    }
  }

  return async (request) => {
    switch (request.type) {
      case "target":
        tasks.add(request.target, request.modules);
        break;
      case "forget":
        await tasks.forget(request.key);
        break;
      case "abort":
        underWay.get(request.id)?.abort();
        break;
      case "work":
        await perform(request);
        break;
    }
  };
}
