// A cells.zarr.zip in the manner of 10x Xenium: a summary with a column for each property, and polygons with their bounds.
import { createArray, createGroup, openGroup, slice, ZipStore } from "zarrzip";

await write("cells.zarr.zip");

const root = await openGroup("cells.zarr.zip");
const summary = await root.get("cell_summary");
const columns = summary.attributes.column_names;
const x = await summary.get([null, columns.indexOf("cell_centroid_x")]);
const area = await summary.get([null, columns.indexOf("cell_area")]);
const large = [...area.data.keys()].filter((cell) => area.data[cell] > 50);
console.log(
  "large cells:",
  large,
  "at x =",
  large.map((cell) => x.data[cell]),
);

// The polygon of one cell: only the chunk that has it is decoded.
const vertices = await root.get("polygon_sets/0/vertices");
const counts = await root.get("polygon_sets/0/num_vertices");
const count = await counts.get([large[0]]);
const { data } = await vertices.get([large[0], slice(2 * count)]);
console.log(Array.from({ length: count }, (_, i) => [data[2 * i], data[2 * i + 1]]));
await root.close();

async function write(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  const group = await createGroup(store, { zarrFormat: 2, attributes: { major_version: 6, number_cells: 3 } });
  await group.createArray({
    path: "cell_summary",
    zarrFormat: 2,
    shape: [3, 3],
    dtype: "float64",
    data: [10.5, 20, 31, 11.5, 21, 77, 12.5, 22, 64],
    attributes: { column_names: ["cell_centroid_x", "cell_centroid_y", "cell_area"] },
  });
  const polygons = { zarrFormat: 2, compressors: { id: "blosc", cname: "lz4", clevel: 5, shuffle: 1 } };
  const corners = Float32Array.from({ length: 3 * 8 }, (_, i) => i);
  await createArray(store, {
    ...polygons,
    path: "polygon_sets/0/vertices",
    shape: [3, 8],
    dtype: "float32",
    data: corners,
  });
  await createArray(store, {
    ...polygons,
    path: "polygon_sets/0/num_vertices",
    shape: [3],
    dtype: "int32",
    data: [4, 3, 4],
  });
  await store.close();
}
