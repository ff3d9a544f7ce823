const noPackage =
  "it is not built in, as no package that decodes it was found; rewrite the array with zarr-python, or add it with register()";
const rewrite = "rewrite the array with vlen-utf8, vlen-bytes or json2";
const byHand = "rewrite the array with another codec, or add this one with register()";

/** Codecs that other libraries have and this one has not, and why. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["zfpy", noPackage],
  ["zfp", noPackage],
  ["pcodec", noPackage],
  ["pickle", `reading a pickle would run what is in it; ${rewrite}`],
  ["vlen-array", `it keeps arrays within an array, which are no data type here; ${rewrite}, or add it with register()`],
  ["szip", `it is HDF5's, which netCDF-C writes, and no package that decodes it was found; ${byHand}`],
  ["msgpack2", `it keeps Python objects in MessagePack, which is not supported; ${rewrite}`],
]);

/** Why a codec of another library is not built in, if that is known. */
export function whyUnavailable(name: string): string | undefined {
  if (name.startsWith("imagecodecs_"))
    return `it belongs to the Python package imagecodecs, and is not built in; ${byHand}`;
  return reasons.get(name.replace(/^numcodecs\./, ""));
}
