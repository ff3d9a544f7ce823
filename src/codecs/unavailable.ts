const noPackage =
  "it is not built in, as no package that decodes it was found; rewrite the array with zarr-python, or add it with register()";
const rewrite = "rewrite the array with vlen-utf8, vlen-bytes or json2";

/** Codecs that other libraries have and this one has not, and why. */
const reasons: ReadonlyMap<string, string> = new Map([
  ["zfpy", noPackage],
  ["zfp", noPackage],
  ["pcodec", noPackage],
  ["pickle", `reading a pickle would run what is in it; ${rewrite}`],
  ["msgpack2", `it keeps Python objects in MessagePack, which is not supported; ${rewrite}`],
]);

/** Why a codec of another library is not built in, if that is known. */
export function whyUnavailable(name: string): string | undefined {
  return reasons.get(name.replace(/^numcodecs\./, ""));
}
