import { Session } from "./actions.mjs";
import { bytesOf, cutElement, numberOf } from "./archive.mjs";

/** Changes that some processes stage and others merge. */
export class Stages {
  /** `{ stage, changes, effects, owner }`: what it changes, what became of that, and who has tried to merge it last. */
  messages = [];
  #world;
  #archive;

  constructor(world, archive) {
    this.#world = world;
    this.#archive = archive;
  }

  /**
   * Whether a file that is left over is a stage that was refused, that nobody could be told of, or that a loss of power has brought back:
   * then the next `merge()` of it, or `repack`, removes it.
   */
  isExplained(file) {
    if (!file.endsWith(".stage")) return false;
    const { isHurt, hasFailed, hasLostPower } = this.#world;
    const message = this.messages.find(({ stage }) => stage.file === file);
    return message === undefined ? isHurt : message.isRefused || hasFailed || hasLostPower;
  }

  /** A process that changes something and stages it. */
  stager() {
    const process = this.#world.start("stager");
    const { random } = this.#world;
    this.#world.run(process, async () => {
      const session = new Session(process, this.#archive);
      for (let i = random.between(1, 3); i > 0; i--) {
        session.store = undefined;
        if (!(await session.open({ mode: "r+" }))) return;
        await this.#stage(session).catch((error) => session.expect(error));
        await session.store.abort().catch((error) => session.expect(error));
      }
    });
  }

  async #stage(session) {
    const { random, store, process } = session;
    const tag = this.#world.nextTag();
    const kind = random.pick(this.#archive.names("value", "log", "element"));
    const effects = [];
    if (kind.startsWith("v")) {
      await store.set(kind, bytesOf(tag));
      effects.push([kind, tag]);
    } else if (kind.startsWith("l")) {
      await store.transaction(session.appending(kind, tag));
      effects.push([kind, tag]);
    } else {
      const array = await session.openArray(kind);
      if (array === undefined || array.shape[0] <= cutElement) return;
      await array.resize([4]);
      effects.push([kind, 0]);
    }
    await process.sleep(random.spread(0.1, 20));
    const stage = JSON.parse(JSON.stringify(await store.stage()));
    if (!process.isAlive) return;
    // An array that somebody else has cut meanwhile needs no change.
    const isEmpty = stage.removed.length === 0 && !beginsWithEntry(this.#world.disk.find(stage.file));
    this.messages.push({ stage, effects: isEmpty ? [] : effects });
  }

  /** A process that merges what was staged. */
  merger() {
    const process = this.#world.start("merger");
    const { random } = this.#world;
    this.#world.run(process, async () => {
      const session = new Session(process, this.#archive);
      if (!(await session.open({ mode: "r+" }))) return;
      for (let i = random.between(2, 5); i > 0; i--) {
        await process.sleep(random.spread(1, 50));
        const message = this.messages.find(({ owner, isDone }) => !isDone && !owner?.isAlive);
        if (message !== undefined) await this.merge(session, message);
      }
      await session.end();
    });
  }

  /**
   * Merges a stage, again if somebody has tried to and ended before it was known what became of it: the file itself says so. As long as
   * that one lives, its store may still commit the stage.
   */
  async merge(session, message) {
    message.owner = session.process;
    const now = this.#world.now;
    message.changes ??= message.effects.map(([name, value]) => this.#archive.place(name).begin(value, now));
    const act = async () => {
      await session.store.merge([message.stage]);
      await session.process.sleep(this.#world.random.spread(0.1, 5));
      await session.store.flush();
    };
    let told;
    const isRefusal = (error) => {
      told = error.details?.withdrawn === undefined ? error.code : "ERR_OF_SOME"; // a flush tells of every stage that was merged
      return told === "ERR_CONFLICT";
    };
    const code = await session.follow(message.changes, act, isRefusal, "ERR_NOT_FOUND");
    if (!session.process.isAlive) return;
    if (told === "ERR_NOT_FOUND") for (const change of message.changes) change.keep(this.#world.now, true); // it was merged, so it must be there
    message.isRefused = told === "ERR_CONFLICT";
    message.isDone = code === undefined || told === "ERR_NOT_FOUND" || message.isRefused;
  }

  /** What was staged, and is not merged, can be merged when all others have ended. */
  async mergeRest() {
    await this.#world.inPeace("merger", async (process) => {
      const session = new Session(process, this.#archive);
      if (!(await session.open({ mode: "r+" }))) return;
      for (const message of this.messages) if (!message.isDone) await this.merge(session, message);
      await session.store.close();
    });
  }
}

function beginsWithEntry(zip) {
  const [third] = zip.read(2, 1);
  return third === 3; // of the signature of a local file header (APPNOTE 4.3.7)
}

/**
 * A process that copies what it reads, and commits it later: by a transaction of a store that it has opened, or was handed the state of.
 * The copy must be of what is there when it is committed.
 */
export function copier(
  world,
  archive,
  state,
  [from, to] = ["v0", "copy"],
  find = async (values) => numberOf(await values.get(from)),
) {
  const process = world.start("copier");
  const { random } = world;
  world.run(process, async () => {
    const session = new Session(process, archive);
    if (random.chance(0.5)) session.store = await process.zarrzip.restore(state);
    else if (!(await session.open({ mode: "r+" }))) return;
    const { store } = session;
    for (let i = random.between(1, 3); i > 0; i--) {
      try {
        let copied;
        const copy = async (values) => {
          copied = await find(values);
          await values.set(to, bytesOf(copied ?? -1));
        };
        await store.transaction(copy);
        for (let n = random.below(6); n > 0; n--) {
          await process.sleep(random.spread(0.1, 50));
          await store.get("other"); // follows the file, and lets go of older ones
        }
        const start = world.now;
        await store.flush();
        if (process.isAlive) archive.place(from).check(copied, start, world.now, `${process.name} in its copy`);
      } catch (error) {
        session.expect(error);
      }
    }
    await session.end();
  });
}
