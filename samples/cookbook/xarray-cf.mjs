// A data set as xarray writes it by the CF conventions: packed integers, times as numbers since a day, dimensions by name.
import { createArray, createGroup, openGroup, ZipStore } from "zarrzip";

await write("temperature.zarr.zip");

const root = await openGroup("temperature.zarr.zip");
const t2m = await root.get("t2m");
const times = await decodeTimes(await root.get("time"));
const latitudes = (await (await root.get("lat")).get()).data;
const north = latitudes.indexOf(60);
const { data } = await unpack(t2m, { lat: north });
for (const [i, time] of times.entries())
  console.log(time.toISOString().slice(0, 10), data[i].toFixed(1), t2m.attributes.units);
await root.close();

/** A region as numbers: missing values are NaN, and the scale and offset of the attributes are applied. */
async function unpack(array, selection) {
  const { data, shape } = await array.get(selection);
  const { scale_factor: scale = 1, add_offset: offset = 0, _FillValue: missing = null } = array.attributes;
  return { shape, data: Float64Array.from(data, (value) => (value === missing ? Number.NaN : value * scale + offset)) };
}

/** Times from numbers since a moment, of the calendars that JavaScript knows. */
async function decodeTimes(array) {
  const [, unit, since] = /^(days|hours|minutes|seconds) since (.+)$/.exec(array.attributes.units);
  const calendar = array.attributes.calendar ?? "standard";
  if (!["standard", "gregorian", "proleptic_gregorian"].includes(calendar)) throw new Error(`calendar ${calendar}`);
  const length = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000 }[unit];
  const start = Date.parse(/Z|[+-]\d\d:?\d\d$/.test(since) ? since : `${since.replace(" ", "T")}Z`);
  return [...(await array.get()).data].map((value) => new Date(start + Number(value) * length));
}

async function write(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  await createGroup(store, { attributes: { Conventions: "CF-1.8" } });
  await createArray(store, {
    path: "t2m",
    shape: [3, 2],
    dtype: "int16",
    dimensionNames: ["time", "lat"],
    data: [100, 200, 110, -32767, 120, 220],
    attributes: { scale_factor: 0.1, add_offset: 250, _FillValue: -32767, units: "K" },
  });
  const time = { units: "days since 2000-01-01", calendar: "proleptic_gregorian" };
  await createArray(store, { path: "time", shape: [3], dtype: "int64", data: [0n, 31n, 60n], attributes: time });
  await createArray(store, { path: "lat", shape: [2], dtype: "float64", data: [-30, 60] });
  await store.close();
}
