// A log of measurements that grows, with the time of each, and is read while it is written.
import { createArray, openGroup, slice, ZipStore } from "zarrzip";

const store = await ZipStore.open("station.zarr.zip", { mode: "w" });
const time = await createArray(store, { path: "time", shape: [0], dtype: "datetime64[ms]" });
const values = await createArray(store, {
  path: "values",
  shape: [0, 3],
  dtype: "float32",
  dimensionNames: ["time", "sensor"],
  attributes: { sensors: ["temperature", "pressure", "humidity"] },
});

const start = Date.parse("2024-05-01T00:00:00Z");
let times = [];
let rows = [];
for (let minute = 0; minute < 1440; minute++) {
  times.push(BigInt(start + minute * 60_000));
  rows.push(15 + minute / 100, 1013, 60);
  if (times.length < 60) continue;
  // One commit an hour: both arrays get their rows in the same version, or neither does.
  await time.append(times);
  await values.append(rows);
  await store.flush();
  times = [];
  rows = [];
}
await store.close();

const station = await openGroup("station.zarr.zip");
const [clock, log] = await Promise.all([station.get("time"), station.get("values")]);
const column = log.attributes.sensors.indexOf("temperature");
const { data } = await log.get([slice(-3, null), column]);
const last = await clock.get([-1]);
console.log(
  log.shape,
  new Date(Number(last)).toISOString(),
  [...data].map((value) => value.toFixed(2)),
);
await station.close();
