// A region by its latitudes and longitudes: the coordinates are searched, and only the chunks of the region are read.
import { createArray, openGroup, slice, ZipStore } from "zarrzip";

const store = await ZipStore.open("globe.zarr.zip", { mode: "w" });
const lat = Float64Array.from({ length: 180 }, (_, i) => 89.5 - i); // from north to south
const lon = Float64Array.from({ length: 360 }, (_, i) => i + 0.5);
const values = Float32Array.from({ length: 180 * 360 }, (_, i) => lat[Math.floor(i / 360)] * 1000 + lon[i % 360]);
const dimensionNames = ["lat", "lon"];
await createArray(store, {
  path: "t",
  shape: [180, 360],
  chunks: [30, 60],
  dtype: "float32",
  dimensionNames,
  data: values,
});
await createArray(store, { path: "lat", shape: [180], dtype: "float64", data: lat });
await createArray(store, { path: "lon", shape: [360], dtype: "float64", data: lon });
await store.close();

const globe = await openGroup("globe.zarr.zip");
const region = {
  lat: await between(await globe.get("lat"), 45, 48),
  lon: await between(await globe.get("lon"), 10, 12),
};
const { shape, data } = await (await globe.get("t")).get(region);
console.log(shape, [...data]);
await globe.close();

/** The slice of a sorted coordinate, rising or falling, whose values lie from `least` to `most`. */
async function between(coordinate, least, most) {
  const { data } = await coordinate.get();
  const within = [...data.keys()].filter((i) => data[i] >= least && data[i] <= most);
  return slice(within[0], within.at(-1) + 1);
}
