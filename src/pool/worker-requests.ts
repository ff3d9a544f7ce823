import type { HttpPreparation } from "../bytes/http-options.js";
import { type Answer, errorOf, errorState, type Request as PoolRequest, type RequestParts } from "./protocol.js";
import type { WorkerTasks } from "./worker-tasks.js";

/** Sends an answer to the pool. */
export type Send = (answer: Answer, transfer?: ArrayBuffer[]) => void;

/** What a worker does with the requests of its pool, each of which it answers by `send`. */
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

type Outcome = Extract<PoolRequest, { type: "prepared" }>["outcome"];

/** Has the pool prepare the requests of a worker, since the function that does is there. */
function preparationsBy(send: Send) {
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let last = 0;
  return {
    of: (target: string): HttpPreparation => {
      return async (plain) => {
        const id = ++last;
        const outcome = new Promise<Outcome>((resolve) => {
          waiting.set(id, resolve);
        });
        send({ type: "prepare", id, target, method: plain.method, request: partsOf(plain) });
        const found = await outcome;
        if ("error" in found) throw errorOf(found.error);
        return requestOf(found, plain.method);
      };
    },
    settle: ({ id, outcome }: Extract<PoolRequest, { type: "prepared" }>): void => {
      waiting.get(id)?.(outcome);
      waiting.delete(id);
    },
  };
}

/** A request as plain data. */
export function partsOf({ url, headers }: Request): RequestParts {
  return { url, headers: [...headers] };
}

/** The request of which {@link partsOf} gave the parts. */
export function requestOf({ url, headers }: RequestParts, method: string): Request {
  return new Request(url, { method, headers: headers.map(([name, value]): [string, string] => [name, value]) });
}
