import { bytesOf, bytesOfList, cutElement, listOf, rowsOfTag } from "./archive.mjs";

/** What a call may be answered at any time: others are there, too. */
const usual = new Set(["ERR_CONFLICT", "ERR_LOCK_TIMEOUT", "ERR_CLOSED"]);

/** What may be answered when processes were killed, calls have failed, or the power was lost. */
const afterHarm = new Set([...usual, "ERR_STORE_READ", "ERR_STORE_WRITE", "ERR_COMMIT_UNKNOWN"]);

/** A store that one process has open, for actions on an archive. */
export class Session {
  world;
  process;
  archive;
  store;
  isDurable = true;
  /** Whether nobody else flushes the store: a flush tells of the changes of every flow. */
  isAlone = false;
  /** Whether a flush has failed that left its changes to a later one, which may then tell of them. */
  #hasUndecided = false;

  constructor(process, archive) {
    Object.assign(this, { world: process.world, process, archive });
  }

  /** Whether what a flush throws can be about nothing but the last change. */
  get #knowsItsOwn() {
    return this.isAlone && !this.#hasUndecided;
  }

  get random() {
    return this.world.random;
  }

  /** Opens the store. Returns whether it could be opened. @param allowed - codes of errors for which it may not */
  async open(options, ...allowed) {
    this.isDurable = options.durability !== "process";
    try {
      this.store = await this.process.zarrzip.ZipStore.open(this.archive.path, options);
    } catch (error) {
      this.expect(error, ...allowed);
    }
    return this.store !== undefined;
  }

  /** Ends the use of the store in one of the ways in which that is done. */
  async end() {
    const way = this.random.below(10);
    if (way === 0) return;
    const tries = this.random.between(1, 3);
    for (let i = 0; i < tries && way > 1; i++) {
      const isClosed = await this.store.close().then(
        () => true,
        (error) => this.expect(error),
      );
      if (isClosed) return;
    }
    await this.store.abort().catch((error) => this.expect(error));
  }

  /** Complains of an error that cannot be explained. */
  expect(error, ...allowed) {
    if (error.details?.withdrawn !== undefined && !this.#knowsItsOwn) return;
    const codes = this.world.isHurt ? afterHarm : usual;
    if (error.isWanted || codes.has(error.code) || this.world.excused.has(error.code) || allowed.includes(error.code))
      return;
    if (this.process.isAlive) this.world.broken(error);
  }

  /**
   * Makes changes, and notes what becomes of them.
   * @param places - name and value of each
   * @param act - resolves when they are committed
   * @param isOwn - whether an error surely is about these changes, and says that they were withdrawn
   * @returns the changes
   */
  async change(places, act, isOwn = () => false, ...allowed) {
    const changes = places.map(([name, value]) => this.archive.place(name).begin(value, this.world.now));
    await this.follow(changes, act, isOwn, ...allowed);
    return changes;
  }

  /** As {@link change}, of changes that have begun. Returns the code of an error. */
  async follow(changes, act, isOwn, ...allowed) {
    const { scheduler } = this.world;
    const about = `${this.process.name} * ${changes.map(({ place, value }) => `${place} = ${value}`).join(", ")}`;
    scheduler.comment(`${about}: begins`);
    try {
      await act();
      scheduler.comment(`${about}: done`);
      if (this.process.isAlive) for (const change of changes) change.keep(this.world.now, this.isDurable);
    } catch (error) {
      scheduler.comment(`${about}: ${error.code ?? error}`);
      if (!this.process.isAlive) return undefined;
      this.expect(error, ...allowed);
      if (error.code !== "ERR_COMMIT_UNKNOWN" && isOwn(error)) for (const change of changes) change.refuse();
      else this.#hasUndecided = true;
      return error.code;
    }
  }

  pick(...kinds) {
    return this.random.pick(this.archive.names(...kinds));
  }

  async set(name = this.pick("value")) {
    const value = name === "v0" && this.random.chance(0.3) ? null : this.world.nextTag();
    await this.change([[name, value]], async () => {
      await (value === null ? this.store.delete(name) : this.store.set(name, bytesOf(value)));
      await this.store.flush();
    });
  }

  async compareAndSet(key = this.pick("log")) {
    const tag = this.world.nextTag();
    const act = async () => {
      const expect = (await this.store.get(key)) ?? null;
      await this.store.set(key, bytesOfList([...listOf(expect ?? undefined), tag]), { expect });
      await this.store.flush();
    };
    const isOwn = ({ code, details }) =>
      code === "ERR_CONFLICT" && details?.key === key && (this.#knowsItsOwn || details.withdrawn === undefined);
    await this.change([[key, tag]], act, isOwn);
  }

  async transact(key = this.pick("log")) {
    const tag = this.world.nextTag();
    const commit = this.random.chance(0.6);
    const act = async () => {
      const { durable } = await this.store.transaction(this.appending(key, tag), { commit });
      await (commit ? durable : this.store.flush());
    };
    await this.change([[key, tag]], act, () => commit);
  }

  /** A transaction that adds to a list, and may take its time. */
  appending(key, tag) {
    const pauseMs = this.random.chance(0.3) ? this.random.spread(0.1, 100) : 0;
    return async (values) => {
      const list = listOf(await values.get(key));
      if (pauseMs > 0) await this.process.sleep(pauseMs);
      await values.set(key, bytesOfList([...list, tag]));
    };
  }

  async setPair(name = this.pick("pair")) {
    const value = this.world.nextTag();
    const work = async (values) => {
      await values.set(`${name}/a`, bytesOf(value));
      await values.set(`${name}/b`, bytesOf(value));
    };
    await this.change([[name, value]], async () => {
      await this.store.transaction(work);
      await this.store.flush();
    });
  }

  async append(path = this.pick("rows")) {
    const array = await this.openArray(path);
    if (array === undefined) return;
    const tag = this.world.nextTag();
    const flush = this.random.chance(0.8);
    const giveUp = this.random.chance(0.2) ? new AbortController() : undefined;
    const act = async () => {
      const values = new Int32Array(rowsOfTag(tag) * array.shape[1]).fill(tag);
      const shape = [rowsOfTag(tag), array.shape[1]];
      if (giveUp) this.process.setTimeout(() => giveUp.abort(wanted()), this.random.spread(0.1, 50));
      await array.append({ data: values, shape, stride: [shape[1], 1] }, { flush, signal: giveUp?.signal });
      if (!flush) await this.store.flush();
    };
    await this.change([[path, tag]], act, () => flush, "ERR_VALUE"); // it may have more columns by then
  }

  /** Gives an array of rows another column. */
  async widen(path = this.pick("rows")) {
    const array = await this.openArray(path);
    if (array === undefined) return;
    const column = { data: new Int32Array(array.shape[0]), shape: [array.shape[0], 1], stride: [1, 1] };
    const act = () => array.append(column, { axis: 1, flush: true });
    await this.follow([], act, () => true, "ERR_VALUE");
  }

  /** Only where nobody else flushes the store, so that what several calls make is one version. */
  async setWhole(path = this.pick("whole")) {
    const array = await this.openArray(path);
    if (array === undefined) return;
    const value = this.world.nextTag();
    await this.change([[path, value]], async () => {
      await array.set(null, new Int32Array(array.shape[0]).fill(value));
      await this.store.flush();
    });
  }

  /** Sets the element that goes when the array is cut: of the array as it was when it was opened. */
  async setElement(path = this.pick("element")) {
    const from = this.world.now;
    const array = await this.openArray(path);
    if (array === undefined || array.shape[0] <= cutElement) return;
    const value = this.world.nextTag();
    const act = async () => {
      await array.set([cutElement], value);
      await this.store.flush();
    };
    await this.follow([this.archive.place(path).begin(value, from)], act, () => false);
  }

  /** Cuts an array to half of its length, or gives it back the other half. */
  async resize(path = this.pick("element")) {
    const array = await this.openArray(path);
    if (array === undefined) return;
    const isCut = array.shape[0] <= cutElement;
    await this.change(isCut ? [] : [[path, 0]], async () => {
      await array.resize([isCut ? 8 : 4]);
      await this.store.flush();
    });
  }

  /** Opens an array; `undefined` where that fails, as it may. */
  async openArray(path) {
    return await this.process.zarrzip.openArray(this.store, { path }).catch((error) => this.expect(error));
  }

  /** Reads one thing, which must be what it was at some moment of the reading. Not for a store with changes of its own. */
  async read(name = this.random.pick([...this.archive.parts.keys()])) {
    if (this.archive.parts.get(name).kind === "pair") return; // it takes two reads
    const from = this.world.now;
    try {
      const value = await this.archive.read(name, this.process, this.store);
      if (this.process.isAlive) this.archive.place(name).check(value, from, this.world.now, this.process.name);
    } catch (error) {
      this.expect(error);
    }
  }
}

/** The error of somebody who has been told to give up. */
export function wanted() {
  return Object.assign(new Error("given up"), { isWanted: true });
}
