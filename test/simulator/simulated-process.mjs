import { AsyncLocalStorage } from "node:async_hooks";
import { constants } from "node:fs";
import realOs from "node:os";
import realProcess from "node:process";
import { requireShared } from "./library.mjs";
import { SystemCalls } from "./system-calls.mjs";
import { systemError } from "./system-error.mjs";

/** What a simulated process is to be in for, drawn by the seed: calls, or those of one name, are counted from 1. */
const quiet = { killAt: 0, killCall: undefined, stopAt: 0, stopMs: 0 };

/** One for all instances: each further one makes every promise slower, and they keep nothing in it that another one could mistake for its own. */
const calls = new AsyncLocalStorage();

/** A process of the simulated system, which runs one instance of the library. */
export class SimulatedProcess {
  world;
  name;
  pid;
  umask;
  uid;
  isAlive = true;
  /** When it goes on, on the scheduler's clock. */
  stoppedUntil = 0;
  #calls = 0;
  /** Calls of those at one of which it is killed. */
  #counted = 0;
  #fate;
  #instance;

  constructor(world, instance, { name, pid, umask = 0o022, uid = 1000, fate = quiet }) {
    Object.assign(this, { world, name, pid, umask, uid });
    this.#fate = fate;
    this.#instance = instance;
    instance.owner = this;
  }

  /** The public names of the library. */
  get zarrzip() {
    return this.#instance.exports;
  }

  /** Ends at once, as by SIGKILL: what it waits for never happens. */
  die(reason) {
    if (reason === "ends") this.#leave();
    if (!this.isAlive) return;
    this.isAlive = false;
    this.world.scheduler.note(this, reason);
    const open = this.world.calls.endProcess(this);
    const waiting = this.world.scheduler.forget(this);
    this.world.ended(this, this.#instance, {
      isKilled: reason !== "ends",
      isClean: reason === "ends" && open + waiting === 0,
    });
  }

  /** Does what the library does when a program ends by itself. */
  #leave() {
    try {
      for (const listener of this.isAlive ? this.#instance.exitListeners : []) listener();
    } catch (error) {
      if (this.isAlive) this.world.broken(error);
    }
  }

  /** Lets time pass. */
  async sleep(ms) {
    await new Promise((resolve) => this.setTimeout(resolve, ms));
  }

  setTimeout(run, ms) {
    return this.isAlive ? this.world.scheduler.setTimeout(this, run, ms) : {};
  }

  /** A call that does not wait. */
  call(name, args) {
    this.#checkAlive();
    // An instance may remember from another process what is the same for all: that must not change what happens.
    if (name === "readFile") return this.world.calls.readFile(this, ...args);
    const isLast = this.#isLast(name);
    this.#checkAlive();
    const result = this.#perform(name, args);
    if (isLast) this.die("killed");
    this.#checkAlive();
    this.world.scheduler.interleave(this);
    return result;
  }

  /** A call that waits: `done` is told when it has ended. */
  begin(name, args, done) {
    if (!this.isAlive) return;
    const { scheduler, random } = this.world;
    scheduler.submit(this, name, () => {
      const isLast = this.#isLast(name);
      if (!this.isAlive) return;
      const end = this.#outcome(name, args, done);
      if (isLast) this.die("killed");
      else if (random.chance(0.3)) scheduler.submit(this, `${name} ends`, end);
      else end();
    });
  }

  #outcome(name, args, done) {
    try {
      const result = this.#perform(name, args);
      return () => done(null, result);
    } catch (error) {
      return () => done(error);
    }
  }

  #checkAlive() {
    if (!this.isAlive) throw systemError("EDEAD", this.name);
  }

  /** Counts a call. Returns whether it is the last one: the process is to be killed after it, if it has not been killed before it. */
  #isLast(name) {
    this.#calls++;
    const { world } = this;
    const { killAt, killCall, stopAt, stopMs } = this.#fate;
    if (killCall === undefined || killCall === name) this.#counted++;
    if (world.isCalm) return false;
    if (this.#calls === stopAt) {
      this.stoppedUntil = world.scheduler.now + stopMs;
      world.scheduler.note(this, `stopped for ${stopMs.toFixed(0)} ms`);
    }
    if (this.#counted !== killAt || (killCall !== undefined && killCall !== name)) return false;
    if (world.random.chance(0.5)) this.die(`killed before ${name}`);
    return true;
  }

  #perform(name, args) {
    const { world } = this;
    try {
      world.fail(this, name, args);
      const result = world.calls[name](this, ...args);
      world.scheduler.note(this, `${name} ${describe(args)}`);
      return result;
    } catch (error) {
      if (error.errno === undefined) world.broken(error);
      world.scheduler.note(this, `${name} ${describe(args)}: ${error.code}`);
      throw error;
    }
  }
}

function describe(args) {
  return args.map((arg) => (typeof arg === "object" ? (arg?.length ?? "") : arg)).join(" ");
}

/** An instance of the library, for one process after the other. */
export function startLibrary(start) {
  const instance = { owner: undefined, exports: undefined, exitListeners: [] };
  instance.exports = start(environmentOf(instance));
  return instance;
}

/** What an instance finds in place of Node's modules and of what is global. */
function environmentOf(instance) {
  const fs = fileSystemOf(instance);
  const locking = {
    tryLock: (...args) => instance.owner.call("tryLock", args),
    unlock: (...args) => instance.owner.call("unlock", args),
  };
  const modules = {
    "node:fs": fs,
    "node:fs/promises": fs.promises,
    "node:async_hooks": {
      AsyncLocalStorage: class {
        constructor() {
          // biome-ignore lint/correctness/noConstructorReturn: see above
          return calls;
        }
      },
    },
    "node:os": { ...realOs, hostname: () => "simulated" },
    "node:module": { createRequire: () => requireIn },
    "fs-native-extensions": locking,
  };
  const requireIn = (name) => modules[name] ?? requireShared(name);
  const random = () => instance.owner?.world.random.next() ?? 0;
  const now = () => instance.owner?.world.scheduler.now ?? 0;
  const epoch = Date.UTC(2026, 0, 1);
  class SimulatedDate extends Date {
    constructor(...args) {
      super(...(args.length === 0 ? [SimulatedDate.now()] : args));
    }

    static now() {
      return epoch + Math.floor(now());
    }
  }
  const fill = (target) => {
    for (let i = 0; i < target.length; i++) target[i] = random() * 256;
    return target;
  };
  const math = Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(Math), random: { value: random } });
  const on = (event, listener) => event === "exit" && instance.exitListeners.push(listener);
  const process = Object.create(realProcess, {
    on: { value: on },
    once: { value: on },
    emit: { value: () => true },
    emitWarning: { value: () => undefined },
    pid: { get: () => instance.owner.pid },
    umask: { value: () => instance.owner.umask },
    ...Object.fromEntries(
      ["getuid", "geteuid", "getgid", "getegid"].map((name) => [name, { value: () => instance.owner.uid }]),
    ),
  });
  return {
    require: requireIn,
    process,
    setTimeout: (run, ms = 0, ...args) => unreferenced(instance.owner.setTimeout(() => run(...args), ms)),
    clearTimeout: (timer) => timer && instance.owner?.world.scheduler.clearTimeout(timer),
    setImmediate: (run, ...args) => instance.owner.world.scheduler.submit(instance.owner, "turn", () => run(...args)),
    Date: SimulatedDate,
    Math: math,
    performance: { now },
    crypto: { getRandomValues: fill, randomUUID: () => uuidOf(fill(new Uint8Array(16))) },
  };
}

function uuidOf(bytes) {
  const digits = Buffer.from(bytes).toString("hex");
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-8$4-");
}

function unreferenced(timer) {
  return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => true });
}

/** `node:fs` for an instance: each call in its three forms. */
function fileSystemOf(instance) {
  const promised =
    (name) =>
    (...args) =>
      new Promise((resolve, reject) => {
        instance.owner.begin(name, args, (error, result) => (error ? reject(error) : resolve(result)));
      });
  const promises = {
    open: async (...args) => fileHandle(promised, await promised("open")(...args)),
    rm: async (path, options) => await removeAll(promised, path, options),
  };
  const fs = { constants, promises: missing("fs.promises", promises) };
  for (const name of Object.getOwnPropertyNames(SystemCalls.prototype).filter(SystemCalls.has)) {
    fs[`${name}Sync`] = (...args) => instance.owner.call(name, args);
    fs[name] = (...args) => instance.owner.begin(name, args.slice(0, -1), args.at(-1));
    promises[name] ??= promised(name);
  }
  fs.realpathSync.native = fs.realpathSync;
  fs.realpath.native = fs.realpath;
  return missing("fs", fs);
}

/** An object that says so when it is asked for what it does not have. */
function missing(name, object) {
  return new Proxy(object, {
    get: (own, key) => {
      if (key in own || typeof key === "symbol" || key === "__esModule") return own[key];
      throw new Error(`${name}.${key} is not simulated: add it to test/simulator/system-calls.mjs`);
    },
  });
}

function fileHandle(promised, fd) {
  const on =
    (name) =>
    (...args) =>
      promised(name)(fd, ...args);
  return {
    fd,
    sync: on("fsync"),
    datasync: on("fdatasync"),
    stat: on("fstat"),
    chmod: on("fchmod"),
    chown: on("fchown"),
    truncate: on("ftruncate"),
    close: on("close"),
  };
}

async function removeAll(promised, path, { recursive = false, force = false } = {}) {
  const stats = await promised("lstat")(path).catch((error) => {
    if (!force || error.code !== "ENOENT") throw error;
  });
  if (stats === undefined) return;
  if (!stats.isDirectory()) return await promised("unlink")(path);
  if (!recursive) throw systemError("EISDIR", path);
  for (const name of await promised("readdir")(path))
    await removeAll(promised, `${path}/${name}`, { recursive, force });
  await promised("rmdir")(path);
}
