import { startWorker, warn } from "#worker";
import { ZarrError, type ZarrErrorDetails } from "../errors.js";
import { type Answer, errorOf, type Target, type Work, type WorkerReport } from "./protocol.js";
import { preparationOf, requestOf } from "./request-parts.js";
import type { WorkerChannel, WorkerSource } from "./worker-channel.js";

/** The task that died with a worker. */
export interface Casualty {
  /** Workers that it has cost by now. */
  readonly deaths: number;
  /** The description, for a message. */
  readonly text: string;
  readonly details: ZarrErrorDetails;
}

/** Something that one worker does. */
export interface Task {
  /** Bytes that it takes from its begin until its result has been consumed. */
  readonly bytes: number;
  /** Makes the request to the worker; called again where another worker died of it. */
  request(): { readonly work: Work; readonly transfer?: ArrayBuffer[] };
  /** True if no worker is needed: it only keeps its place among the others. */
  readonly isLocal?: boolean;
  /** Called when a worker died with it. */
  died(): Casualty;
  /** The error to throw where a worker, or sending to it, failed with `error`; by default `error` itself. */
  failure?(error: unknown): unknown;
}

/** A task of a job, and how it stands. */
export interface Entry {
  readonly task: Task;
  readonly index: number;
  /** When it could have begun, had a worker and memory been free. */
  readonly since: number;
  /** True if a worker has died with it: then it runs alone, so that nothing else is blamed. */
  isSuspect: boolean;
}

/** Tasks that belong together. */
export interface Job {
  /** The target of all of them. */
  readonly target: Target | undefined;
  /** Tasks that one worker may have at once. */
  readonly perWorker: number;
  /** Bytes that its tasks and their results take. */
  bytes: number;
  /** The task to begin next, if one may begin now. */
  next(): Entry | undefined;
  /** The number that could begin if there were workers. */
  demand(): number;
  /** The task that {@link next} gave begins. */
  began(entry: Entry): void;
  finished(entry: Entry, value: unknown): void;
  failed(entry: Entry, error: unknown): void;
  /** To be begun again; false if nobody waits for it any more. */
  again(entry: Entry): boolean;
  progressed(parts: number): void;
  /** Nothing more will come of it. */
  ended(error: unknown): void;
}

export interface SchedulerOptions extends WorkerSource {
  readonly workers: number;
  readonly memoryLimit: number;
  readonly modules: readonly string[];
  /** True if workers and the pool can use the same memory. */
  readonly sharesMemory: boolean;
}

/** The tasks that a worker has been given. */
interface Running {
  readonly job: Job;
  readonly entry: Entry;
}

interface PoolWorker {
  readonly id: number;
  readonly channel: WorkerChannel;
  isReady: boolean;
  readonly running: Map<number, Running>;
  /** Targets that it has open, by their keys, the one that was used last at the end. */
  readonly targets: Map<string, Target>;
  readonly reports: Map<number, (report: WorkerReport | undefined) => void>;
  tasks: number;
  /** Runs while what it was told to abort is still under way. */
  patience: ReturnType<typeof setTimeout> | undefined;
}

/** A worker as {@link Scheduler.workers} shows it. */
export interface WorkerStatus {
  readonly id: number;
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** Tasks that it has at the moment. */
  readonly running: number;
  /** Tasks that it has finished. */
  readonly tasks: number;
  readonly report: Promise<WorkerReport | undefined>;
}

/** Workers that one task, or the start of workers, may cost. */
const maxDeaths = 3;
/** Milliseconds that a worker has to end what was aborted: what does not look at its signal, as an endless loop, ends with the worker. */
const patienceMs = 1000;
/** Targets that a worker keeps open. */
const maxTargets = 16;

/** Gives the tasks of several jobs to workers, which it starts, replaces and ends. */
export class Scheduler {
  readonly options: SchedulerOptions;
  readonly counts = { done: 0, failed: 0, retried: 0, started: 0, replaced: 0, waitMs: 0, bytesInFlight: 0 };
  #jobs: Job[] = [];
  readonly #workers = new Set<PoolWorker>();
  #lastWorker = 0;
  #lastId = 0;
  /** Workers that died and have not been replaced. */
  #lost = 0;
  /** Workers in a row that died before they were ready. */
  #failedStarts = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.options = options;
  }

  /** @throws ZarrError `ERR_CLOSED` */
  checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  /** True if a worker is ready to take something. */
  get isWarm(): boolean {
    return [...this.#workers].some(({ isReady, patience }) => isReady && patience === undefined);
  }

  add(job: Job): void {
    this.checkOpen();
    this.#jobs.push(job);
    this.pump();
  }

  /** Begins nothing more of a job, tells those that work for it, and ends those that do not listen. */
  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    for (const worker of this.#workers) {
      const { channel, running } = worker;
      for (const [id, { job: other }] of running) {
        if (other !== job) continue;
        channel.send({ type: "abort", id }, []);
        worker.patience ??= setTimeout(() => void channel.end(), patienceMs);
      }
    }
    this.pump();
  }

  /** Memory of a task or its result is free again. */
  release(job: Job, { task }: Entry): void {
    job.bytes -= task.bytes;
    this.counts.bytesInFlight -= task.bytes;
  }

  /** Begins everything that can begin. Jobs take turns, so that a long one does not keep others waiting. */
  pump(): void {
    if (this.#closing !== undefined) return;
    for (let idle = 0; idle < this.#jobs.length; ) {
      const [job] = this.#jobs;
      this.#jobs.push(...this.#jobs.splice(0, 1));
      idle = this.#beginOne(job) ? 0 : idle + 1;
    }
    this.#startWorkers();
  }

  /** Ends all workers and jobs; resolves when nothing is left. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  workers(): WorkerStatus[] {
    return [...this.#workers].map((worker) => {
      const { id, channel, running, tasks } = worker;
      const { pid, threadId } = channel;
      return { id, pid, threadId, running: running.size, tasks, report: this.#report(worker) };
    });
  }

  #beginOne(job: Job): boolean {
    const entry = job.next();
    if (entry === undefined || this.#room(job, entry) === 0) return false;
    const isLocal = entry.task.isLocal ?? false;
    const worker = isLocal ? undefined : this.#freeWorker(job, entry);
    if (worker === undefined && !isLocal) return false;
    job.began(entry);
    if (!entry.isSuspect) {
      job.bytes += entry.task.bytes;
      this.counts.bytesInFlight += entry.task.bytes;
      this.counts.waitMs += performance.now() - entry.since;
    }
    if (worker === undefined) job.finished(entry, undefined);
    else this.#give(worker, job, entry);
    return true;
  }

  /** The number of such tasks that fit into memory. One of each job always does: else one that waits for its consumer could stop others. */
  #room(job: Job, { task, isSuspect }: Entry): number {
    if (isSuspect) return 1; // its bytes are still counted
    const free = this.options.memoryLimit - this.counts.bytesInFlight;
    return Math.max(job.bytes === 0 ? 1 : 0, Math.floor(free / Math.max(1, task.bytes)));
  }

  #freeWorker(job: Job, entry: Entry): PoolWorker | undefined {
    let best: PoolWorker | undefined;
    for (const worker of this.#workers) {
      const { isReady, running } = worker;
      if (!isReady || (best !== undefined && best.running.size <= running.size)) continue;
      const isShareable = [...running.values()].every((other) => other.job === job && !other.entry.isSuspect);
      const places = entry.isSuspect ? 1 : job.perWorker;
      if (running.size === 0 || (isShareable && running.size < places)) best = worker;
    }
    return best;
  }

  #give(worker: PoolWorker, job: Job, entry: Entry): void {
    const { channel, running } = worker;
    const id = ++this.#lastId;
    try {
      const { work, transfer = [] } = entry.task.request();
      if (job.target !== undefined) this.#introduce(worker, job.target);
      channel.send({ type: "work", id, target: job.target?.key, work }, transfer);
      running.set(id, { job, entry });
      channel.hold(true);
    } catch (error) {
      this.#failed(job, entry, error);
    }
  }

  #failed(job: Job, entry: Entry, error: unknown): void {
    this.counts.failed++;
    job.failed(entry, entry.task.failure?.(error) ?? error);
  }

  /** Sends a target to a worker that does not have it, which forgets the one that it has not used for longest. */
  #introduce({ channel, targets }: PoolWorker, target: Target): void {
    const { key, state, request } = target;
    if (!targets.delete(key)) {
      const isPrepared = request !== undefined;
      channel.send({ type: "target", target: { key, state }, modules: this.options.modules, isPrepared }, []);
    }
    targets.set(key, target);
    if (targets.size <= maxTargets) return;
    const [oldest] = targets.keys();
    targets.delete(oldest);
    channel.send({ type: "forget", key: oldest }, []);
  }

  #startWorkers(): void {
    const starting = [...this.#workers].filter(({ isReady }) => !isReady).length;
    const wanted = this.#jobs.reduce((sum, job) => {
      const entry = job.next();
      return sum + (entry === undefined ? 0 : Math.min(job.demand(), this.#room(job, entry)));
    }, 0);
    // Where no more can be started, as at a limit of the system, those that are there do all.
    if (this.#failedStarts >= maxDeaths && this.isWarm) return;
    const places = this.options.workers - this.#workers.size;
    for (let n = Math.min(places, wanted - starting); n > 0; n--) this.#startWorker();
  }

  #startWorker(): void {
    this.counts.started++;
    if (this.#lost > 0) {
      this.#lost--;
      this.counts.replaced++;
    }
    const channel = startWorker(this.options, {
      onAnswer: (answer) => this.#answer(worker, answer),
      onExit: (how, cause) => this.#exited(worker, how, cause),
    });
    const worker: PoolWorker = {
      id: ++this.#lastWorker,
      channel,
      isReady: false,
      running: new Map(),
      targets: new Map(),
      reports: new Map(),
      tasks: 0,
      patience: undefined,
    };
    this.#workers.add(worker);
  }

  #answer(worker: PoolWorker, answer: Answer): void {
    if (!this.#workers.has(worker)) return;
    if (answer.type === "ready") {
      worker.isReady = true;
      this.#failedStarts = 0;
    } else if (answer.type === "progress") {
      worker.running.get(answer.id)?.job.progressed(answer.parts);
      return;
    } else if (answer.type === "prepare") {
      void prepare(worker, answer);
      return;
    } else {
      this.#answered(worker, answer.id, answer);
    }
    this.pump();
    if (worker.running.size + worker.reports.size === 0) worker.channel.hold(false);
  }

  #answered(worker: PoolWorker, id: number, answer: Extract<Answer, { type: "result" | "error" }>): void {
    const report = worker.reports.get(id);
    if (report !== undefined) {
      worker.reports.delete(id);
      report(answer.type === "result" ? (answer.value as WorkerReport) : undefined);
      return;
    }
    const running = worker.running.get(id);
    if (running === undefined) return;
    worker.running.delete(id);
    worker.tasks++;
    if (worker.running.size === 0) endPatience(worker);
    const { job, entry } = running;
    if (answer.type === "error") {
      this.#failed(job, entry, errorOf(answer.error));
      return;
    }
    this.counts.done++;
    job.finished(entry, answer.value);
  }

  #exited(worker: PoolWorker, how: string, cause: unknown): void {
    this.#workers.delete(worker);
    this.#lost++;
    endPatience(worker);
    // A process writes what it did not catch to the standard error; a thread would end without a word.
    if (cause !== undefined && worker.isReady) warn(`a thread of a pool ${how}`);
    for (const resolve of worker.reports.values()) resolve(undefined);
    for (const { job, entry } of worker.running.values()) {
      if (this.#closing !== undefined) job.failed(entry, closed());
      else this.#tryAgain(job, entry, how, cause);
    }
    if (!worker.isReady && ++this.#failedStarts >= maxDeaths && !this.isWarm) {
      const message = `no worker can be started: the last of ${maxDeaths} ${how}`;
      const error = new ZarrError("ERR_WORKER", message, {}, cause);
      this.#failedStarts = 0;
      for (const job of [...this.#jobs]) job.ended(error);
    }
    this.pump();
  }

  #tryAgain(job: Job, entry: Entry, how: string, cause: unknown): void {
    const { deaths, text, details } = entry.task.died();
    if (deaths < maxDeaths) {
      entry.isSuspect = true;
      if (job.again(entry)) this.counts.retried++;
      return;
    }
    const message = `${text} cost ${deaths} workers, the last of which ${how}; it is not tried again`;
    this.counts.failed++;
    job.failed(entry, new ZarrError("ERR_WORKER", message, details, cause));
  }

  async #report(worker: PoolWorker): Promise<WorkerReport | undefined> {
    if (!worker.isReady || this.#closing !== undefined) return undefined;
    const id = ++this.#lastId;
    const report = new Promise<WorkerReport | undefined>((resolve) => worker.reports.set(id, resolve));
    worker.channel.send({ type: "work", id, target: undefined, work: { kind: "report" } }, []);
    worker.channel.hold(true);
    return await report;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers].map(({ channel }) => channel.end()));
    for (const job of [...this.#jobs]) job.ended(closed());
  }
}

/** Prepares a request of a worker by the function of the store that was handed over. */
async function prepare(
  { channel, targets }: PoolWorker,
  { id, target, method, request }: Extract<Answer, { type: "prepare" }>,
): Promise<void> {
  const outcome = await preparationOf(requestOf(request, method), targets.get(target)?.request);
  channel.send({ type: "prepared", id, outcome }, []);
}

function endPatience(worker: PoolWorker): void {
  clearTimeout(worker.patience);
  worker.patience = undefined;
}

function closed(): ZarrError {
  return new ZarrError("ERR_CLOSED", "the pool was closed: make a new one");
}
