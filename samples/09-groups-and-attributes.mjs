// A hierarchy: groups within groups, arrays, and attributes, in Zarr format 3 and in format 2; then one that zarr-python
// wrote, by way of its consolidated metadata.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createGroup, openGroup, ZipStore } from "zarrzip";

const folder = await mkdtemp(join(tmpdir(), "zarrzip-"));

try {
  for (const zarrFormat of [3, 2]) {
    const file = join(folder, `format-${zarrFormat}.zarr.zip`);
    await createStation(file, zarrFormat);
    const root = await openGroup(file);
    try {
      console.log(`format ${root.zarrFormat}: ${root.attributes.title}`);
      console.log(await root.tree());
      const level = await root.get("sensors/level");
      console.log(`${level.path}: ${(await level.get([3])).toFixed(2)} ${level.attributes.units}`);
      console.log(`attributes keep 64-bit integers: ${level.attributes.serial === 9007199254740993n}`);
    } finally {
      await root.close();
    }
  }

  // By default each member's own document is read. `useConsolidated` takes all of them from the one of the group.
  const theirs = fileURLToPath(new URL("../test/fixtures/golden/v2-group-nested-consolidated.zip", import.meta.url));
  const root = await openGroup(theirs, { useConsolidated: true });
  try {
    const members = await root.members({ maxDepth: Infinity });
    console.log(`zarr-python's file, by its consolidated metadata: ${members.map(({ path }) => path).join(", ")}`);
  } finally {
    await root.close();
  }
} finally {
  await rm(folder, { recursive: true });
}

async function createStation(file, zarrFormat) {
  const store = await ZipStore.open(file, { mode: "w" });
  try {
    const root = await createGroup(store, { zarrFormat, attributes: { title: "Station 7" } });
    await root.createArray({ path: "time", shape: [4], dtype: "int64", data: [0n, 60n, 120n, 180n] });
    const sensors = await root.createGroup({ path: "sensors" });
    const level = await sensors.createArray({
      path: "level",
      shape: [4],
      dtype: "float32",
      data: [1.25, 1.5, 1.75, 2],
      attributes: { units: "m" },
    });
    await level.setAttributes({ serial: 9007199254740993n }); // 2^53 + 1: no double holds it
    await store.close();
  } finally {
    await store.abort();
  }
}
