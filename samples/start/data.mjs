// The data of the start sample, from the npm package vega-datasets.
import { readFile } from "node:fs/promises";

const folder = new URL("../data/", import.meta.resolve("vega-datasets"));

/** Bytes of the source, and its values: a field in C order with the coordinates of its rows and columns. */
export async function readPrecipitation() {
  const text = await readFile(new URL("annual-precip.json", folder));
  const { width, height, scale, translate, values } = JSON.parse(text);
  const coordinates = (length, axis) => Float64Array.from({ length }, (_, i) => translate[axis] + i * scale[axis]);
  return {
    bytes: text.length,
    shape: [height, width],
    precipitation: Float32Array.from(values),
    latitude: coordinates(height, 1),
    longitude: coordinates(width, 0),
  };
}

/** The outlines of all land as [longitude, latitude] pairs, one after the other; NaN separates the lines. */
export async function readCoastline() {
  const { transform, objects, arcs } = JSON.parse(await readFile(new URL("world-110m.json", folder)));
  const points = [];
  for (const index of objects.land.arcs.flat(2)) {
    // TopoJSON: each point is the difference to the one before, and ~index is the arc at index backwards.
    let x = 0;
    let y = 0;
    for (const [dx, dy] of arcs[index < 0 ? ~index : index]) {
      x += dx;
      y += dy;
      points.push(x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]);
    }
    points.push(Number.NaN, Number.NaN);
  }
  return Float32Array.from(points);
}
