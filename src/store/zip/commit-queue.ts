/** The calls that wait for one commit, as long as it has not begun. */
interface Waiting<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  count: number;
}

/** Makes commits one after the other: all calls that ask for one before the next has begun share it. */
export class CommitQueue<T> {
  readonly #commit: (signal: AbortSignal, onBegin: () => void) => Promise<T>;
  #waiting: Waiting<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param commit - stops waiting when the signal is aborted; calls `onBegin` when it has all that it will commit */
  constructor(commit: (signal: AbortSignal, onBegin: () => void) => Promise<T>) {
    this.#commit = commit;
  }

  /**
   * Settles as the next commit that begins. It is called off when all calls that wait for it have given up.
   * @param signal - gives up, with its reason, unless the commit has begun
   */
  async next(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#waiting ??= this.#begin();
    const waiting = this.#waiting;
    waiting.count++;
    if (signal === undefined) return await waiting.result;
    let giveUp: () => void = () => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = () => {
        if (this.#waiting !== waiting) return;
        waiting.count--;
        if (waiting.count === 0) this.#callOff(waiting, signal.reason);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp);
    });
    try {
      return await Promise.race([waiting.result, givenUp]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Calls off the commit that has not begun, and waits for the one that has. */
  async end(reason: unknown): Promise<void> {
    if (this.#waiting !== undefined) this.#callOff(this.#waiting, reason);
    await this.#last;
  }

  #callOff(waiting: Waiting<T>, reason: unknown): void {
    this.#waiting = undefined;
    waiting.abort.abort(reason);
  }

  #begin(): Waiting<T> {
    const abort = new AbortController();
    const onBegin = () => {
      if (this.#waiting?.abort === abort) this.#waiting = undefined;
    };
    const result = this.#last.then(() => {
      abort.signal.throwIfAborted();
      return this.#commit(abort.signal, onBegin);
    });
    this.#last = result.catch(() => undefined).finally(onBegin);
    return { result, abort, count: 0 };
  }
}
