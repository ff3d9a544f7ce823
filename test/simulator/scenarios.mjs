import { Archive, listingOf } from "./archive.mjs";
import { Guard } from "./guard.mjs";
import { copier, Stages } from "./handing-over.mjs";
import { bind, cleaner, creator, mover, swapper, visitor } from "./places.mjs";
import { follower, reader, repacker, verdict, waverer, writer } from "./processes.mjs";

const path = "/data/a.zip";

async function found(world, content) {
  const archive = new Archive(world, path, content);
  await world.found(JSON.stringify(content), (process) => archive.create(process));
  const mode = world.random.pick([0o600, 0o640, 0o644, 0o664]);
  world.disk.find(path).mode = mode;
  world.guard = new Guard(world, mode);
  world.isCalm = false;
  return archive;
}

function several(world, least, most, start) {
  for (let i = world.random.between(least, most); i > 0; i--) start();
}

/** Everything at once, in a small archive. */
async function writers(world) {
  const archive = await found(world, { value: ["v0", "v1"], pair: ["p"], log: ["l0", "l1"] });
  const actions = ["set", "compareAndSet", "compareAndSet", "transact", "setPair"];
  several(world, 1, 3, () => writer(world, archive, actions));
  several(world, 0, 2, () => follower(world, archive));
  several(world, 0, 1, () => reader(world, archive));
  several(world, 0, 1, () => repacker(world, archive));
  await world.settle();
  await verdict(world, archive);
}

/** The same, where each process makes one change after the other. */
async function turns(world) {
  const archive = await found(world, { value: ["v0", "v1"], pair: ["p"], log: ["l0"] });
  several(world, 1, 3, () => writer(world, archive, ["set", "transact", "setPair", "compareAndSet"], { flows: 1 }));
  several(world, 0, 1, () => follower(world, archive));
  several(world, 0, 2, () => reader(world, archive));
  await world.settle();
  await verdict(world, archive);
}

/** Rows are appended, and the array may get another column meanwhile. */
async function appends(world) {
  const archive = await found(world, { rows: ["plain", "packed", "wide"], log: ["l0"] });
  const actions = ["append", "append", "append", "compareAndSet"];
  several(world, 1, 3, () => writer(world, archive, actions));
  several(world, 0, 1, () => writer(world, archive, ["widen"], { flows: 1 }));
  several(world, 0, 1, () => follower(world, archive));
  several(world, 0, 1, () => repacker(world, archive));
  await world.settle();
  await verdict(world, archive);
}

/** Whole arrays are written and read. */
async function regions(world) {
  const archive = await found(world, { whole: ["even", "packedEven"], element: ["cut"] });
  several(world, 1, 2, () =>
    writer(world, archive, ["setWhole", "setWhole", "setElement", "resize"], {
      flows: 1,
      changes: 5,
      batchBytes: undefined,
    }),
  );
  several(world, 1, 2, () => follower(world, archive));
  several(world, 0, 1, () => reader(world, archive));
  several(world, 0, 1, () => repacker(world, archive));
  await world.settle();
  await verdict(world, archive);
}

/** What killed writers have left unsynced, others take for granted; and then the power fails. */
async function unsynced(world, isReplaced = false) {
  const archive = await found(world, { value: world.random.chance(0.3) ? ["v0"] : ["v0", "v1"], log: ["l0"] });
  world.mayLosePower = true;
  world.isDeadly = true;
  several(world, 1, 3, () => writer(world, archive, ["set", "transact"]));
  if (isReplaced) several(world, 0, 1, () => repacker(world, archive, { times: 1 }));
  await world.settle();
  world.isDeadly = false;
  several(world, 0, 1, () => waverer(world, archive));
  if (isReplaced) several(world, 0, 1, () => writer(world, archive, ["set"], { flows: 1, changes: 2 }));
  several(world, 0, 1, () => repacker(world, archive, { times: 1, givesUp: 0.6 }));
  several(world, 0, 1, () => follower(world, archive));
  await world.settle();
  world.losePower();
  await verdict(world, archive);
}

/** The same, where killed repackers have put a file in its place whose name is not on the disk, and others go on in it. */
async function renames(world) {
  await unsynced(world, true);
}

/** Changes are made by one process, and committed by another. */
async function stages(world) {
  // What a stage has listed matters to arrays that are cut, and then given back what they had.
  const isCut = world.random.chance(0.25);
  const archive = await found(world, isCut ? { element: ["cut"] } : { value: ["v0"], log: ["l0"], element: ["cut"] });
  const acts = isCut ? ["setElement", "resize"] : ["set", "transact", "setElement", "resize"];
  const stages = new Stages(world, archive);
  several(world, 1, 2, () => stages.stager());
  several(world, 1, 2, () => stages.merger());
  several(world, 0, 2, () => writer(world, archive, acts, { flows: 1 }));
  several(world, 0, 1, () => repacker(world, archive));
  await world.settle();
  if (world.violations.length === 0) await stages.mergeRest();
  await verdict(world, archive, (file) => stages.isExplained(file));
}

/** What was read is written anew, while the file is replaced again and again. */
async function copies(world) {
  const archive = await found(world, { value: ["v0", "v1"] });
  const state = await handedOver(world, archive);
  several(world, 1, 2, () => copier(world, archive, state));
  several(world, 1, 2, () => writer(world, archive, ["set"], { flows: 1, changes: 4 }));
  several(world, 0, 1, () => reader(world, archive));
  several(world, 1, 2, () => repacker(world, archive, { times: 6 }));
  await world.settle();
  await verdict(world, archive);
}

/** What was listed is written, while the names are replaced by others that are hard to tell from them. */
async function listings(world) {
  const archive = await found(world, { names: ["m/"], value: ["v0"] });
  const state = await handedOver(world, archive);
  several(world, 1, 2, () =>
    copier(world, archive, state, ["m/", "copy"], async (values) => await listingOf("m/", values)),
  );
  several(world, 1, 2, () => swapper(world, archive, "m/"));
  await world.settle();
  await verdict(world, archive);
}

/** The archive is made, by several processes at once. */
async function creations(world) {
  const archive = new Archive(world, path, { value: ["v0"] });
  await world.inPeace("founder", (process) => archive.create(process));
  world.isCalm = false;
  world.excused.add("ERR_STALE_STATE"); // one archive takes the place of another one
  several(world, 1, 3, () => creator(world, archive));
  several(world, 1, 2, () => visitor(world, archive));
  several(world, 0, 1, () => repacker(world, archive));
  await world.settle();
  await verdict(world, archive);
}

/** The lock file goes, the archive gets another name, or is bound to a second one, as in two containers. */
async function intrusions(world) {
  const archive = await found(world, { value: ["v0"], log: ["l0"] });
  const kind = world.random.below(3);
  // A file that has a second path by a mount, or is about to get another name, must not be written anew.
  const options = { lockTimeoutMs: 5000, ...(kind > 0 && { repackAbove: null }) };
  const start = (at, more) => writer(world, at, ["transact", "compareAndSet"], { ...options, ...more });
  several(world, 1, 3, () => start(archive));
  if (kind === 0) cleaner(world, archive);
  else if (kind === 1) {
    const bound = bind(world, archive, "/mnt/a.zip");
    several(world, 1, 2, () => start(bound));
  } else {
    mover(world, archive, "/data/b.zip");
    several(world, 1, 2, () => start(archive, { delayMs: 100 }));
  }
  await world.settle();
  await verdict(world, archive, (file) => file.endsWith(".lock"));
}

/** The state of a following store, for others. */
async function handedOver(world, { path }) {
  let state;
  await world.inPeace("giver", async ({ zarrzip }) => {
    const store = await zarrzip.ZipStore.open(path, { mode: "r+" });
    await store.has("v0");
    state = JSON.parse(JSON.stringify(store.getState()));
    await store.close();
  });
  return state;
}

/** What processes do with an archive, by the name of the scenario. */
export const scenarios = {
  turns,
  writers,
  appends,
  regions,
  unsynced,
  renames,
  stages,
  copies,
  listings,
  creations,
  intrusions,
};
