import { Session, wanted } from "./actions.mjs";
import { bytesOf, listingOf, numberOf } from "./archive.mjs";
import { collidingNames } from "./colliding-names.mjs";

/** A process that makes the archive anew, whatever is there. */
export function creator(world, archive) {
  const process = world.start("creator");
  const { random } = world;
  world.run(process, async () => {
    const session = new Session(process, archive);
    for (let i = random.between(1, 3); i > 0; i--) {
      await process.sleep(random.spread(0.1, 20));
      if (!(await session.open({ mode: random.pick(["w", "w", "w-"]) }, "ERR_EXISTS"))) continue;
      const value = world.nextTag();
      const isOwn = ({ code }) => code === "ERR_EXISTS";
      const act = async () => {
        await session.store.set("v0", bytesOf(value));
        await session.store.flush();
      };
      await session.change([["v0", value]], act, isOwn, "ERR_EXISTS");
      await session.store.close().catch((error) => session.expect(error, "ERR_EXISTS"));
      session.store = undefined;
    }
  });
}

/** A process that opens the archive again and again, whether it is there or not. */
export function visitor(world, archive, modes = ["a", "r+", "r+"]) {
  const process = world.start("visitor");
  const { random } = world;
  world.run(process, async () => {
    const session = new Session(process, archive);
    for (let i = random.between(1, 5); i > 0; i--) {
      await process.sleep(random.spread(0.1, 20));
      const from = world.now;
      if (!(await session.open({ mode: random.pick(modes) }, "ERR_NOT_FOUND"))) continue;
      try {
        const value = numberOf(await session.store.get("v0"));
        if (process.isAlive) archive.place("v0").check(value, from, world.now, process.name);
        await session.store.close();
      } catch (error) {
        session.expect(error);
      }
      session.store = undefined;
    }
  });
}

/** Somebody who removes the lock file, in the belief that nobody needs it any more. */
export function cleaner(world, archive) {
  const process = world.start("cleaner");
  world.run(process, async () => {
    for (let i = world.random.between(1, 3); i > 0; i--) {
      await process.sleep(world.random.spread(0.5, 200));
      const path = `${archive.path}.lock`;
      if (world.disk.find(path) !== undefined) world.calls.unlink(process, path);
    }
  });
}

/** Somebody who gives the archive another name while it is in use. */
export function mover(world, archive, path) {
  const process = world.start("mover");
  world.run(process, async () => {
    await process.sleep(world.random.spread(0.5, 100));
    world.calls.rename(process, archive.path, path);
    world.disk.syncNames(); // else it has its old name again after a loss of power
    world.excused.add("ERR_NOT_FOUND");
    world.guard = undefined; // what is made beside a name without a file has no model
    archive.path = path;
  });
}

/** A process that takes the names of one list away, and writes those of the other. */
export function swapper(world, archive, prefix) {
  const process = world.start("swapper");
  world.run(process, async () => {
    const session = new Session(process, archive);
    if (!(await session.open({ mode: "r+" }))) return;
    await process.sleep(world.random.spread(0.1, 50));
    const [before, after] = collidingNames(prefix);
    const work = async (values) => {
      if ((await listingOf(prefix, values)) !== 0) throw wanted();
      for (const name of before) await values.delete(name);
      for (const name of after) await values.set(name, bytesOf(1));
    };
    await session.change([[prefix, 1]], async () => {
      await (await session.store.transaction(work, { commit: true })).durable;
    });
    await session.end();
  });
}

/** The same archive under a path of another folder, to which it is bound. */
export function bind(world, archive, path) {
  const { disk } = world;
  disk.rename([disk.root, path.split("/")[1], disk.create("folder", 0o755, 1000)]);
  disk.bound.set(path, disk.find(archive.path));
  return Object.assign(Object.create(archive), { path });
}
