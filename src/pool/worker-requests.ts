import type { HttpPreparation } from "../bytes/http-options.js";
import { type Answer, errorOf, errorState, type Request as PoolRequest, type Preparation } from "./protocol.js";
import { partsOf, requestOf } from "./request-parts.js";
import type { WorkerTasks } from "./worker-tasks.js";

/** Sends an answer to the pool. */
export type Send = (answer: Answer, transfer?: ArrayBuffer[]) => void;

/** The part of a worker that handles the requests of its pool, each of which it answers by `send`. */
export function requestsOf(tasks: WorkerTasks, send: Send): (request: PoolRequest) => Promise<void> {
  const underWay = new Map<number, AbortController>();
  const preparations = preparationsBy(send);

  async function perform({ id, target, work }: Extract<PoolRequest, { type: "work" }>): Promise<void> {
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
        tasks.add(
          request.target,
          request.modules,
          request.isPrepared ? preparations.of(request.target.key) : undefined,
        );
        break;
      case "forget":
        await tasks.forget(request.key);
        break;
      case "prepared":
        preparations.settle(request);
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

/** Has the pool prepare the requests of a worker, since the function that does is there. */
function preparationsBy(send: Send) {
  const waiting = new Map<number, (outcome: Preparation) => void>();
  let last = 0;
  return {
    of: (target: string): HttpPreparation => {
      return async (plain) => {
        const id = ++last;
        const outcome = new Promise<Preparation>((resolve) => {
          waiting.set(id, resolve);
        });
        send({ type: "prepare", id, target, method: plain.method, request: partsOf(plain) });
        const found = await outcome;
        if ("error" in found) throw errorOf(found.error);
        if ("other" in found) return found.other as Request; // which is refused as without a pool
        return requestOf(found, plain.method);
      };
    },
    settle: ({ id, outcome }: Extract<PoolRequest, { type: "prepared" }>): void => {
      waiting.get(id)?.(outcome);
      waiting.delete(id);
    },
  };
}
