import { Session, wanted } from "./actions.mjs";

/** A process with one store and several flows of changes. @param actions - names of methods of `Session`, some more than once */
export function writer(world, archive, actions, { flows = 4, changes = 3, delayMs = 0, ...more } = {}) {
  const process = world.start("writer");
  const { random } = world;
  const options = {
    mode: "r+",
    // Without a sync a loss of power may spoil what was there before.
    durability: !world.mayLosePower && random.chance(0.4) ? "process" : "full",
    lockTimeoutMs: random.chance(0.3) ? random.between(5, 200) : 300_000,
    compression: random.pick(["stored", "deflate"]),
    ...(random.chance(0.2) && { batchBytes: random.between(1, 200) }),
    ...(random.chance(0.1) && { repackAbove: 0.5 }),
    ...more,
  };
  world.run(process, async () => {
    if (delayMs > 0) await process.sleep(random.next() * delayMs);
    const session = new Session(process, archive);
    if (!(await session.open(options))) return;
    const flow = async () => {
      for (let i = random.between(1, changes); i > 0; i--) {
        await session[random.pick(actions)]();
        if (random.chance(0.2)) await process.sleep(random.spread(0.1, 100));
      }
    };
    const count = random.between(1, flows);
    session.isAlone = count === 1;
    await Promise.all(Array.from({ length: count }, flow));
    await session.end();
  });
}

/** A process that reads again and again what others write. */
export function follower(world, archive) {
  const process = world.start("follower");
  world.run(process, async () => {
    const session = new Session(process, archive);
    if (!(await session.open({ view: "follow" }))) return;
    for (let i = world.random.between(2, 8); i > 0; i--) {
      await Promise.all([session.read(), session.read()]);
      if (world.random.chance(0.5)) await process.sleep(world.random.spread(0.1, 100));
    }
    await session.store.close();
  });
}

/** A process that reads one version twice, and then, by its state, once more. */
export function reader(world, archive) {
  const process = world.start("reader");
  world.run(process, async () => {
    await process.sleep(world.random.spread(0.1, 100));
    const from = world.now;
    const session = new Session(process, archive);
    if (!(await session.open({}))) return;
    const { store } = session;
    try {
      const seen = [await archive.check(process, store, from)];
      const until = world.now;
      await process.sleep(world.random.spread(0.1, 100));
      seen.push(await archive.check(process, store, from, until));
      const restored = await process.zarrzip.restore(JSON.parse(JSON.stringify(store.getState())));
      await readOlder(session, until);
      await store.close();
      const last = await archive
        .check(process, restored, from, until)
        .catch((error) => session.expect(error, "ERR_STALE_STATE"));
      if (last !== undefined) seen.push(last);
      await restored.close();
      if (process.isAlive && new Set(seen.map((one) => JSON.stringify(one))).size > 1) {
        world.violate(`${process.name} reads another version than the one that it has opened`);
      }
    } catch (error) {
      session.expect(error);
    }
  });
}

/** Reads one of the versions that the file holds, which may be gone by then. */
async function readOlder({ world, process, archive, store }, until) {
  const { id } = world.random.pick(await store.versions());
  const older = await process.zarrzip.ZipStore.open(archive.path, { version: id }).catch((error) => {
    if (!["ERR_NOT_FOUND", "ERR_STALE_STATE"].includes(error.code)) throw error;
  });
  if (older === undefined) return;
  await archive.check(process, older, 0, until);
  await older.close();
}

/** A process that writes the file anew, or begins to. */
export function repacker(world, archive, { times = 3, givesUp = 0.3 } = {}) {
  const process = world.start("repacker");
  const { random } = world;
  world.run(process, async () => {
    const session = new Session(process, archive);
    for (let i = random.between(1, times); i > 0; i--) {
      await process.sleep(random.spread(0.1, 100));
      const giveUpAt = random.chance(givesUp) ? random.between(1, 3) : undefined;
      const onProgress = ({ done }) => {
        if (done === giveUpAt) throw wanted();
      };
      const options = { lockTimeoutMs: random.pick([0, 100, 100_000]), onProgress };
      // Nothing takes the place of a file that is mounted.
      const allowed = world.disk.bound.size > 0 ? ["ERR_STORE_WRITE"] : [];
      await process.zarrzip.repack(archive.path, options).catch((error) => session.expect(error, ...allowed));
    }
  });
}

/** A process that begins to replace the archive, and thinks better of it. */
export function waverer(world, archive) {
  const process = world.start("waverer");
  world.run(process, async () => {
    const session = new Session(process, archive);
    if (!(await session.open({ mode: "w" }))) return;
    await session.store.set("other", new Uint8Array(100)).catch((error) => session.expect(error));
    await process.sleep(world.random.spread(0.1, 100));
    await session.store.abort().catch((error) => session.expect(error));
  });
}

/**
 * What is so when all has ended: somebody opens the archive for writing and closes it, and what dead processes have left is gone;
 * somebody reads it, and finds what was acknowledged.
 * @param isExplained - whether a file may be there as well
 */
export async function verdict(world, archive, isExplained = () => false) {
  if (world.violations.length > 0) return;
  await world.inPeace("heir", async (process) => {
    const store = await process.zarrzip.ZipStore.open(archive.path, { mode: "r+" });
    await store.close();
  });
  const names = [...world.disk.find(world.folder).entries.keys()].map((name) => `${world.folder}/${name}`);
  const left = names.filter((name) => name !== archive.path && !isExplained(name));
  if (left.length > 0) world.violate(`files are left over: ${left.join(", ")}`);
  if (world.violations.length > 0) return;
  await world.inPeace("judge", async (process) => {
    const from = world.now;
    const store = await process.zarrzip.ZipStore.open(archive.path);
    await archive.check(process, store, from);
    await store.close();
    if (!world.random.chance(0.1)) return;
    const { ZipStore, recover } = process.zarrzip;
    await recover(archive.path, `${archive.path}.recovered`);
    const recovered = await ZipStore.open(`${archive.path}.recovered`);
    await archive.check(process, recovered, from);
    await recovered.close();
  });
  world.guard?.check(archive.path);
}
