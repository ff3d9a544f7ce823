// AnnData in a ZIP: a categorical column of obs, and a row of the sparse matrix X (CSR), without reading the rest.
import { createArray, createGroup, openGroup, slice, ZipStore } from "zarrzip";

await write("cells.h5ad.zarr.zip");

const root = await openGroup("cells.h5ad.zarr.zip");
const obs = await root.get("obs");
const cellType = await column(obs, "cell_type");
console.log(obs.attributes["column-order"], cellType);

const genes = (await (await root.get("var/_index")).get()).data;
const cell = cellType.indexOf("B cell");
console.log(await row(await root.get("X"), cell).then((entries) => entries.map(([gene, n]) => `${genes[gene]}: ${n}`)));
await root.close();

/** A column of a data frame as a list: categories are looked up by their codes. */
async function column(frame, name) {
  const node = await frame.get(name);
  if (node.attributes["encoding-type"] !== "categorical") return [...(await node.get()).data];
  const [codes, categories] = await Promise.all(
    ["codes", "categories"].map(async (part) => (await node.get(part)).get()),
  );
  return [...codes.data].map((code) => (code < 0 ? null : categories.data[code]));
}

/** The entries of one row of a CSR matrix: [column, value]. */
async function row(matrix, index) {
  const [indptr, indices, data] = await Promise.all(["indptr", "indices", "data"].map((part) => matrix.get(part)));
  const [start, end] = [...(await indptr.get([slice(index, index + 2)])).data].map(Number);
  const [at, values] = await Promise.all([indices, data].map((part) => part.get([slice(start, end)])));
  return [...at.data].map((column, i) => [column, values.data[i]]);
}

async function write(file) {
  const store = await ZipStore.open(file, { mode: "w" });
  await createGroup(store, { attributes: { "encoding-type": "anndata", "encoding-version": "0.1.0" } });
  const attributes = { "encoding-type": "dataframe", "column-order": ["cell_type"], _index: "_index" };
  await createGroup(store, { path: "obs", attributes });
  await createGroup(store, { path: "obs/cell_type", attributes: { "encoding-type": "categorical", ordered: false } });
  const arrays = {
    "obs/cell_type/codes": ["int8", [1, 0, 1]],
    "obs/cell_type/categories": ["string", ["B cell", "T cell"]],
    "var/_index": ["string", ["CD3E", "CD19", "MS4A1"]],
    "X/indptr": ["int32", [0, 1, 3, 4]],
    "X/indices": ["int32", [0, 1, 2, 0]],
    "X/data": ["float32", [5, 2, 7, 4]],
  };
  for (const [path, [dtype, data]] of Object.entries(arrays)) {
    await createArray(store, { path, shape: [data.length], dtype, data });
  }
  await store.close();
}
