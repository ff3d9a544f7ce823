import { describe, isJsonObject, type Json, type JsonObject } from "../bytes/json.js";
import { ZarrError } from "../errors.js";

/** The members that OME-Zarr 0.4 has among the attributes of a group, and 0.5 within their member `ome`. */
const members = ["multiscales", "omero", "image-label", "plate", "well", "bioformats2raw.layout"];

/** The same of groups that have a name of their own in OME-Zarr. */
const membersByName: Readonly<Record<string, string>> = { labels: "labels", OME: "series" };

/** OME-Zarr metadata of version 0.5, which is for Zarr format 3. */
const version = "0.5";

/**
 * Attributes of OME-Zarr 0.4 as those of 0.5; others as they are.
 * @param path - of the group
 * @throws ZarrError `ERR_UNSUPPORTED` - they are of an earlier version
 * @see https://ngff.openmicroscopy.org/0.5/
 */
export function omeAttributes(attributes: JsonObject, path: string): JsonObject {
  if (isJsonObject(attributes.ome)) return attributes;
  const known = [...members, membersByName[path.slice(path.lastIndexOf("/") + 1)]];
  const isKnown = ([name]: [string, Json]) => known.includes(name);
  const found = Object.entries(attributes).filter(isKnown);
  if (found.length === 0) return attributes;
  const ome = Object.fromEntries(found.map(([name, value]) => [name, withoutVersion(name, value)]));
  const rest = Object.entries(attributes).filter((entry) => !isKnown(entry));
  return { ...Object.fromEntries(rest), ome: { version, ...ome } };
}

/** The version stands in `ome` alone. */
function withoutVersion(name: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((member) => withoutVersion(name, member));
  if (!isJsonObject(value)) return value;
  const { version: found = "0.4", ...rest } = value;
  const isOld = found !== "0.4" || (name === "multiscales" && !isOfAxes(rest.axes));
  if (!isOld) return rest;
  const what = found === "0.4" ? "has no axes with names" : `is of version ${describe(found)}`;
  const message = `the attribute ${name} ${what}: expected OME-Zarr 0.4, which can be converted to 0.5`;
  throw new ZarrError("ERR_UNSUPPORTED", message);
}

function isOfAxes(axes: Json | undefined): axes is (JsonObject & { name: string })[] {
  return Array.isArray(axes) && axes.every((axis) => isJsonObject(axis) && typeof axis.name === "string");
}

/** Names of the dimensions of the arrays that a group of OME-Zarr 0.5 lists as its resolutions, by their path relative to it. */
export function omeDimensionNames({ ome }: JsonObject): Map<string, string[]> {
  const names = new Map<string, string[]>();
  const multiscales = isJsonObject(ome) && Array.isArray(ome.multiscales) ? ome.multiscales : [];
  for (const multiscale of multiscales) {
    if (!isJsonObject(multiscale) || !isOfAxes(multiscale.axes) || !Array.isArray(multiscale.datasets)) continue;
    for (const dataset of multiscale.datasets) {
      if (isJsonObject(dataset) && typeof dataset.path === "string") {
        names.set(
          dataset.path,
          multiscale.axes.map(({ name }) => name),
        );
      }
    }
  }
  return names;
}
