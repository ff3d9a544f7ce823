// OME-Zarr: makes a pyramid of an image, and opens its lowest level as a viewer does for a preview.
import { createGroup, openGroup, slice, ZipStore } from "zarrzip";

await write("image.ozx");

const image = await openGroup("image.ozx");
const [{ axes, datasets }] = image.attributes.ome.multiscales;
const lowest = datasets.at(-1);
const preview = await image.get(lowest.path);
const scale = lowest.coordinateTransformations.find(({ type }) => type === "scale").scale;
console.log(axes.map(({ name }, i) => `${name}: ${preview.shape[i]} of ${scale[i]} micrometers`).join(", "));

const { data } = await preview.get([0]);
console.log(`channel 0 is ${Math.min(...data)} to ${Math.max(...data)}`);
await image.close();

async function write(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  const micrometer = { type: "space", unit: "micrometer" };
  const axes = [
    { name: "c", type: "channel" },
    { name: "y", ...micrometer },
    { name: "x", ...micrometer },
  ];
  const levels = [0, 1, 2];
  const datasets = levels.map((level) => ({
    path: String(level),
    coordinateTransformations: [{ type: "scale", scale: [1, 0.5 * 2 ** level, 0.5 * 2 ** level] }],
  }));
  const ome = { version: "0.5", multiscales: [{ name: "image", axes, datasets }] };
  const group = await createGroup(store, { attributes: { ome } });
  const size = 256;
  let values = Uint16Array.from({ length: size * size }, (_, i) => (i % size) + Math.floor(i / size));
  for (const level of levels) {
    const side = size / 2 ** level;
    const shape = [1, side, side];
    const level0 = await group.createArray({
      path: String(level),
      shape,
      chunks: [1, 64, 64],
      shards: [1, Math.max(64, side / 2), Math.max(64, side / 2)],
      dtype: "uint16",
      dimensionNames: axes.map(({ name }) => name),
    });
    await level0.set([0, slice(null), slice(null)], values);
    values = halved(values, side);
  }
  await store.close();
}

/** Each value is the mean of four. */
function halved(values, side) {
  const half = side / 2;
  return Uint16Array.from({ length: half * half }, (_, i) => {
    const at = 2 * Math.floor(i / half) * side + 2 * (i % half);
    return (values[at] + values[at + 1] + values[at + side] + values[at + side + 1]) / 4;
  });
}
