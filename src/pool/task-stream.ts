import type { Target } from "./protocol.js";
import type { Casualty, Entry, Job, Scheduler, Task } from "./scheduler.js";

export interface TaskStreamOptions {
  readonly target?: Target | undefined;
  /** True if results come in the order of the tasks. */
  readonly ordered: boolean;
  /** Tasks that may have begun without their result having been consumed. */
  readonly window: number;
  /** Tasks that may run at once; as many as there are workers where left out. */
  readonly atOnce?: number;
  /** Number of tasks, where it is known. */
  readonly total?: number | undefined;
  /** Tasks that one worker may have at once; 1 where left out. */
  readonly perWorker?: number;
  readonly signal?: AbortSignal | undefined;
  /** True if the end waits for what is under way: it may write to memory that is the caller's then. */
  readonly settles?: boolean;
  /** True if there is nothing left to do for tasks that have not begun. */
  isOver?(): boolean;
  /** Called when it ends, with or without an error. */
  onEnd?(): void;
  /** Called with what workers report between results. */
  onProgress?(parts: number): void;
}

/** A result, and the number of the task that gave it. */
export interface TaskResult {
  readonly index: number;
  readonly value: unknown;
}

/** The results of tasks, which begin as results are consumed. */
export class TaskStream implements Job {
  readonly target: Target | undefined;
  readonly perWorker: number;
  bytes = 0;
  readonly #scheduler: Scheduler;
  readonly #options: TaskStreamOptions;
  readonly #tasks: Iterator<Task>;
  #peeked: Entry | undefined;
  #taken = 0;
  /** True if there is no further task. */
  #isDry = false;
  readonly #retries: Entry[] = [];
  #running = 0;
  /** Results that are not consumed yet, by number. */
  readonly #done = new Map<number, { readonly entry: Entry; readonly value: unknown }>();
  #nextIndex = 0;
  #end: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(scheduler: Scheduler, tasks: Iterable<Task>, options: TaskStreamOptions) {
    this.target = options.target;
    this.perWorker = options.perWorker ?? 1;
    this.#scheduler = scheduler;
    this.#options = options;
    this.#tasks = tasks[Symbol.iterator]();
  }

  /** Results until there are no more; throws the first error. Leaving the loop ends everything. */
  async *results(): AsyncGenerator<TaskResult> {
    const { signal, settles = false } = this.#options;
    signal?.throwIfAborted();
    const abort = () => this.ended(signal?.reason);
    signal?.addEventListener("abort", abort);
    let consumed: Entry | undefined;
    const release = () => {
      if (consumed !== undefined) this.#scheduler.release(this, consumed);
      consumed = undefined;
    };
    try {
      this.#scheduler.add(this);
      for (;;) {
        if (this.#end !== undefined) throw this.#end.error;
        const result = this.#take();
        if (result !== undefined) {
          consumed = result.entry;
          yield { index: result.entry.index, value: result.value };
          release();
          this.#scheduler.pump();
        } else if (this.#running > 0 || this.next() !== undefined) {
          await this.#changed();
        } else if (this.#end === undefined) {
          return;
        }
      }
    } finally {
      release();
      signal?.removeEventListener("abort", abort);
      this.ended(undefined);
      this.#scheduler.remove(this);
      while (settles && this.#running > 0) await this.#changed();
    }
  }

  next(): Entry | undefined {
    if (this.#end !== undefined) return undefined;
    const [retry] = this.#retries;
    if (retry !== undefined) return retry;
    const { window, atOnce = window, isOver } = this.#options;
    if (this.#running >= atOnce || this.#running + this.#done.size >= window || isOver?.()) return undefined;
    if (this.#peeked === undefined && !this.#isDry) this.#peek();
    return this.#peeked;
  }

  demand(): number {
    if (this.next() === undefined) return 0;
    const { window, atOnce = window, total = Number.POSITIVE_INFINITY } = this.#options;
    const left = total - this.#taken + (this.#peeked === undefined ? 0 : 1);
    return this.#retries.length + Math.min(left, atOnce - this.#running, window - this.#running - this.#done.size);
  }

  began(entry: Entry): void {
    if (entry === this.#peeked) this.#peeked = undefined;
    else this.#retries.shift();
    this.#running++;
  }

  finished(entry: Entry, value: unknown): void {
    this.#running--;
    if (this.#end === undefined) this.#done.set(entry.index, { entry, value });
    else this.#scheduler.release(this, entry);
    this.#wake();
  }

  failed(entry: Entry, error: unknown): void {
    this.#running--;
    this.#scheduler.release(this, entry);
    this.ended(error);
  }

  again(entry: Entry): boolean {
    this.#running--;
    if (this.#end === undefined) this.#retries.push(entry);
    else this.#scheduler.release(this, entry);
    this.#wake();
    return this.#end === undefined;
  }

  progressed(parts: number): void {
    try {
      this.#options.onProgress?.(parts);
    } catch (error) {
      this.ended(error); // the caller's function threw
    }
  }

  /** Looks whether it is over. */
  look(): void {
    this.#wake();
  }

  ended(error: unknown): void {
    if (this.#end === undefined) {
      this.#end = { error };
      this.#options.onEnd?.();
      const unused = [...this.#retries.splice(0), ...[...this.#done.values()].map(({ entry }) => entry)];
      this.#done.clear();
      for (const entry of unused) this.#scheduler.release(this, entry);
    }
    this.#wake();
  }

  #peek(): void {
    try {
      const { value: task, done } = this.#tasks.next();
      if (done === true) this.#isDry = true;
      else this.#peeked = { task, index: this.#taken++, since: performance.now(), isSuspect: false };
    } catch (error) {
      this.ended(error); // the caller's list of items may throw
    }
  }

  #take() {
    const [index] = this.#options.ordered ? [this.#nextIndex] : this.#done.keys();
    const result = this.#done.get(index);
    if (result === undefined) return undefined;
    this.#done.delete(index);
    this.#nextIndex++;
    return result;
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** A task that is blamed for every worker that dies with it. */
export function simpleTask(bytes: number, what: Omit<Casualty, "deaths">, request: Task["request"]): Task {
  let deaths = 0;
  return { bytes, request, died: () => ({ ...what, deaths: ++deaths }) };
}
