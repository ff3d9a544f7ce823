import { Disk } from "./disk.mjs";
import { Random } from "./random.mjs";
import { Scheduler } from "./scheduler.mjs";
import { SimulatedProcess, startLibrary } from "./simulated-process.mjs";
import { SystemCalls } from "./system-calls.mjs";
import { systemError } from "./system-error.mjs";

/** The errors of calls that may fail at any time. */
const faults = {
  read: ["EIO"],
  write: ["EIO", "ENOSPC"],
  writev: ["EIO", "ENOSPC"],
  fsync: ["EIO"],
  fdatasync: ["EIO"],
};
Object.assign(faults, { ftruncate: ["EIO"], open: ["EIO"], rename: ["EIO"], link: ["EIO"], unlink: ["EIO"] });

/** When a process is killed: at one of its calls, or at one of those by which what it has done takes effect. */
function deathOf(random) {
  const killCall = random.pick([undefined, undefined, undefined, "writev", "fdatasync", "rename", "link", "unlink"]);
  const most = { undefined: 600, writev: 12 }[killCall] ?? 4;
  return { killCall, killAt: Math.round(random.spread(1, most)) };
}

/** Disks as scenarios find them, by the script and what was made. */
const images = new Map();

/** Instances of the library that wait for a process; those of processes that were killed are not used again. */
export class Instances {
  #scripts;
  #free = new Map();

  /** @param scripts - by name, as `compileLibrary` gives them */
  constructor(scripts) {
    this.#scripts = scripts;
  }

  take(script, boot) {
    const kind = `${script} ${boot}`;
    const found = this.#free.get(kind)?.pop() ?? startLibrary(this.#scripts[script]);
    return Object.assign(found, { kind });
  }

  give(instance) {
    instance.owner = undefined;
    const free = this.#free.get(instance.kind);
    if (free === undefined) this.#free.set(instance.kind, [instance]);
    else free.push(instance);
  }
}

/** A simulated system: a disk, a clock, processes; and what may happen to them, which the seed decides. */
export class World {
  random;
  scheduler;
  disk = new Disk();
  calls;
  processes = [];
  violations = [];
  /** While nothing bad happens. */
  isCalm = true;
  /** Whether a process was killed, a call has failed, or the power has failed. */
  isHurt = false;
  /** Whether a call has failed. */
  hasFailed = false;
  hasLostPower = false;
  /** Codes of errors that the scenario brings about. */
  excused = new Set();
  mayLosePower;
  /** Sees to the permissions of files that are made: see `Guard`. */
  guard;
  /** Whether most processes are killed soon. */
  isDeadly = false;
  folder = "/data";
  #instances;
  #dangers;
  #running = new Set();
  #boot = 0;
  #tag = 0;
  #places = [];

  /**
   * @param dangers - `script`; `faultRate` and `shortRate` for each call; `powerAt`, a step; `kill` and `stop`, how likely for a process
   */
  constructor(seed, instances, dangers, trace) {
    this.random = new Random(seed);
    this.#instances = instances;
    this.#dangers = dangers;
    this.mayLosePower = dangers.powerAt > 0;
    const { loyalty, interleaving, stepMs } = dangers;
    this.scheduler = new Scheduler(new Random(seed + 2 ** 33), { loyalty, interleaving, stepMs });
    this.scheduler.trace = trace;
    this.scheduler.onStep = () => {
      if (!this.isCalm && this.scheduler.steps === dangers.powerAt) this.losePower();
    };
    this.calls = new SystemCalls(this.disk, this.#bootId());
    this.disk.rename([this.disk.root, "data", this.disk.create("folder", 0o755, 0)]);
    this.disk.syncNames();
  }

  get now() {
    return this.scheduler.now;
  }

  /** What no other change has. */
  nextTag() {
    return ++this.#tag;
  }

  /** Registers something that a loss of power changes. */
  remember(place) {
    this.#places.push(place);
    return place;
  }

  #bootId() {
    return `b0070000-0000-4000-8000-00000000000${this.#boot}`;
  }

  start(name, options = {}) {
    const { kill = 0, stop = 0, script } = this.#dangers;
    const { random } = this;
    const isKilled = random.chance(this.isDeadly ? 0.8 : kill);
    const fate = {
      ...(isKilled && deathOf(random)),
      stopAt: random.chance(stop) ? Math.round(random.spread(1, 600)) : 0,
      stopMs: random.spread(1, 100_000),
    };
    const instance = this.#instances.take(script, this.#boot);
    const pid = 100 + this.processes.length;
    const umask = random.pick([0o022, 0o077, 0]);
    const process = new SimulatedProcess(this, instance, { name: `${name}${pid}`, pid, umask, fate, ...options });
    this.processes.push(process);
    return process;
  }

  /** Starts what a process does, and ends with. What it throws must not be. */
  run(process, work) {
    this.#running.add(process);
    work()
      .catch((error) => process.isAlive && this.broken(error))
      .finally(() => process.die("ends"));
  }

  /** Lets everything happen until all processes have ended. */
  async settle() {
    const problem = await this.scheduler.run(() => this.violations.length > 0 || this.#running.size === 0, 60_000);
    if (problem === undefined) return;
    this.violate(`${[...this.#running].map(({ name }) => name).join(", ")} ${problem}`);
  }

  /** Lets one process do something in peace, and end. */
  async inPeace(name, work) {
    const before = this.isCalm;
    this.isCalm = true;
    const process = this.start(name);
    this.run(process, () => work(process));
    await this.settle();
    this.isCalm = before;
  }

  /** Has a process make the disk what a scenario begins with: once, for all that begin so. */
  async found(name, work) {
    const key = `${this.#dangers.script} ${name}`;
    if (!images.has(key)) {
      const { script } = this.#dangers;
      const world = new World(0, this.#instances, { script, loyalty: 0, interleaving: 0, stepMs: 0.1 });
      await world.inPeace("founder", work);
      if (world.violations.length > 0) throw new Error(world.violations[0]);
      images.set(key, world.disk);
    }
    this.disk.copyFolder(this.folder, images.get(key));
  }

  ended(process, instance, { isKilled, isClean }) {
    this.#running.delete(process);
    if (isKilled) this.isHurt = true;
    if (isClean) this.#instances.give(instance);
  }

  losePower() {
    this.hasLostPower = true;
    this.scheduler.note(undefined, "the power fails");
    this.isHurt = true;
    for (const process of this.processes) process.die("lost its power");
    this.disk.losePower(new Random(this.scheduler.hash));
    this.#boot++;
    this.calls = new SystemCalls(this.disk, this.#bootId());
    for (const place of this.#places) place.losePower();
  }

  /** Throws what the system says if the call is to fail. */
  fail(_process, name, args) {
    if (this.isCalm || !(name in faults) || !this.random.chance(this.#dangers.faultRate ?? 0)) return;
    this.isHurt = true;
    this.hasFailed = true;
    throw systemError(this.random.pick(faults[name]), String(args[0]));
  }

  /** How many bytes of a read or a write the system takes at once. */
  shortened(_process, _name, length) {
    if (this.isCalm || length < 2 || !this.random.chance(this.#dangers.shortRate ?? 0)) return length;
    return this.random.between(1, length - 1);
  }

  violate(text) {
    this.scheduler.note(undefined, `VIOLATION: ${text}`);
    this.violations.push(text);
  }

  /** An error that nobody was to see. */
  broken(error) {
    const { code = "", stack } = error;
    this.violate(`an error that must not be: ${code} ${stack?.split("\n").slice(0, 6).join("\n")}`);
  }
}
