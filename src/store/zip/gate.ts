/** Lets many through together, or one alone, in the order in which they come. */
export class Gate {
  /** Settles when everything let through so far, and everything that waits, has ended. */
  #last: Promise<unknown> = Promise.resolve();
  /** The same for the last that went alone. */
  #lastAlone: Promise<unknown> = Promise.resolve();

  /** Runs `work` beside others of its kind, when all that went {@link alone} before have ended. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastAlone.then(work);
    this.#last = settle(this.#last, result);
    return await result;
  }

  /** Runs `work` when all that came before have ended, and lets nobody in meanwhile. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = this.#lastAlone = settle(result);
    return await result;
  }
}

async function settle(...work: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
}
