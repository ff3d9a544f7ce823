import process from "node:process";

/**
 * Says what happens next: one of the calls that are under way ends, or a timer runs down. The seed decides, and the clock is moved by
 * hand, so that the same seed gives the same history.
 */
export class Scheduler {
  /** Milliseconds since the simulated system began. */
  now = 0;
  steps = 0;
  /** Of everything that happened. */
  hash = 0x811c9dc5;
  /** Called before each step. */
  onStep = () => undefined;
  #random;
  #options;
  /** `{ owner, label, run }` of what may happen at once, and with `at` what may not before. */
  #ready = [];
  #timers = [];
  #last;
  #isRunning = false;

  /**
   * @param options.loyalty - how likely the process goes on that went on last
   * @param options.interleaving - how likely something else happens between a call that does not wait and what follows it
   * @param options.stepMs - how long a call takes at most
   */
  constructor(random, options) {
    this.#random = random;
    this.#options = options;
  }

  submit(owner, label, run) {
    this.#ready.push({ owner, label, run });
  }

  setTimeout(owner, run, ms) {
    const timer = { owner, label: "timer", run, at: this.now + Math.max(0.01, ms) };
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer) {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#ready = this.#ready.filter((other) => other !== timer);
  }

  /** What a process that has ended waited for does not happen. Returns how much that was. */
  forget(owner) {
    const count = this.#ready.length + this.#timers.length;
    this.#ready = this.#ready.filter((item) => item.owner !== owner);
    this.#timers = this.#timers.filter((item) => item.owner !== owner);
    return count - this.#ready.length - this.#timers.length;
  }

  /** Notes something that happened. */
  note(owner, label) {
    let { hash } = this;
    const text = `${owner?.name ?? ""} ${label}`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    this.hash = hash;
    this.comment(text);
  }

  /** Says something to those who read a trace; the history is not changed by it. */
  comment(text) {
    this.trace?.(`${String(this.steps).padStart(6)} ${this.now.toFixed(2).padStart(9)} ms  ${text}`);
  }

  /**
   * Lets things happen until `isDone`.
   * @returns `undefined`, or why it ended before: nothing can happen any more, or too much has happened
   */
  async run(isDone, maxSteps) {
    this.#isRunning = true;
    try {
      for (const end = this.steps + maxSteps; ; ) {
        await new Promise((resolve) => process.nextTick(resolve)); // whatever the last step has led to has been done by then
        if (isDone()) return undefined;
        if (this.steps >= end) return "goes on without an end";
        if (!this.#step() && !isDone()) return "waits for something that never happens";
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** To be called when a process makes a call that does not wait: others go on before it does, as they would on other processors. */
  interleave(owner) {
    if (!this.#isRunning || !this.#random.chance(this.#options.interleaving)) return;
    queueMicrotask(() => {
      if (this.#isRunning) this.#step(owner);
    });
  }

  #step(except) {
    this.steps++;
    this.now += this.#random.next() * this.#options.stepMs;
    this.onStep();
    this.#wake();
    let item = this.#choose(except);
    if (item === undefined) {
      if (except !== undefined || !this.#advance()) return false;
      item = this.#choose();
    }
    this.#last = item.owner;
    item.run();
    return true;
  }

  #wake() {
    const due = this.#timers.filter(({ at }) => at <= this.now);
    if (due.length === 0) return;
    this.#timers = this.#timers.filter(({ at }) => at > this.now);
    this.#ready.push(...due);
  }

  #choose(except) {
    const ready = this.#ready;
    const isFree = ({ owner }) => owner === undefined || (owner !== except && owner.stoppedUntil <= this.now);
    const free = ready.filter(isFree);
    if (free.length === 0) return undefined;
    const own = this.#random.chance(this.#options.loyalty) ? free.filter(({ owner }) => owner === this.#last) : [];
    const item = this.#random.pick(own.length > 0 ? own : free);
    ready.splice(ready.indexOf(item), 1);
    return item;
  }

  /** Moves the clock to when something can happen again; `false` if nothing ever will. */
  #advance() {
    const times = [...this.#ready, ...this.#timers].map(({ owner, at = 0 }) => Math.max(at, owner?.stoppedUntil ?? 0));
    if (times.length === 0) return false;
    this.now = Math.max(this.now, Math.min(...times));
    this.#wake();
    return true;
  }
}
