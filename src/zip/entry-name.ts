import { isErrorNamed } from "../bytes/built-in.js";
import { crc32 } from "../bytes/crc32.js";
import { viewOf } from "../bytes/view-of.js";
import { extraField, findExtraField, flag } from "./records.js";

/** Upper half of code page 437, the character set of names without the UTF-8 flag (APPNOTE appendix D.1). */
const upperCp437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Systems whose tools write names in UTF-8, also where they leave the flag out: Unix and macOS (APPNOTE 4.4.2.2). */
const utf8Systems: ReadonlySet<number> = new Set([3, 19]);

/**
 * The name of an entry as text: UTF-8 with the flag (APPNOTE 4.4.4), else the Unicode path of Info-ZIP if its CRC says
 * that it belongs to this name (4.6.9), else UTF-8 if it can be that and Unix or macOS made it, as `zip`, `bsdtar` and the
 * Finder write it, else code page 437.
 *
 * @param madeBy - the field "version made by", whose upper byte names the system
 * @returns `undefined` if UTF-8 was announced, and the bytes are something else
 */
export function decodeName(name: Uint8Array, flags: number, extra: Uint8Array, madeBy: number): string | undefined {
  if ((flags & flag.utf8) !== 0) return decodeUtf8(name);
  const path = findExtraField(extra, 0, extra.length, extraField.unicodePath);
  //  0  version: 1, 1 CRC-32 of the name field, 5 the name in UTF-8
  if (path !== undefined && path.length > 5 && path[0] === 1 && viewOf(path).getUint32(1, true) === crc32(name)) {
    return decodeUtf8(path.subarray(5));
  }
  if (isUnannouncedUtf8(name, madeBy)) return decodeUtf8(name);
  return Array.from(name, (byte) => (byte < 128 ? String.fromCharCode(byte) : upperCp437[byte - 128])).join("");
}

/** True if a name without the flag is UTF-8 all the same; `madeBy` as for {@link decodeName}. */
export function isUnannouncedUtf8(name: Uint8Array, madeBy: number): boolean {
  return utf8Systems.has(madeBy >> 8) && decodeUtf8(name) !== undefined;
}

/**
 * A name without the segments that lead nowhere: `./a`, `a//b` and `a/./b`, which `bsdtar -cf x.zip .` and careless joining
 * write, are the files `a` and `a/b` to whoever unpacks them. A folder keeps the slash at its end.
 */
export function plainName(name: string): string {
  const plain = name
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
  return name.endsWith("/") ? `${plain}/` : plain;
}

/** Text of UTF-8 bytes, or `undefined` if they are not UTF-8; `bytes` may be shared memory. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(ownCopy(bytes));
  } catch (error) {
    if (isErrorNamed(error, "TypeError")) return undefined;
    throw error;
  }
}

/** The buffer for names of usual length, as making a buffer for each takes longer than decoding it. */
const copied = new Uint8Array(256);

/** A copy in memory that no other thread has, which decoders refuse; it is valid until the next call. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  if (bytes.length > copied.length) return bytes.slice();
  copied.set(bytes);
  return copied.subarray(0, bytes.length);
}

/** UTF-8 bytes of a name. */
export function encodeName(name: string): Uint8Array {
  return utf8.encode(name);
}

/**
 * Why a name is refused, or `undefined`. APPNOTE 4.4.17: no drive or leading slash, and "all slashes MUST be forward
 * slashes". Names that climb (`..`) or hold a NUL mean different files to different readers, so an archive that has
 * one is refused as a whole: hiding the entry would make the values under it look absent.
 */
export function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.includes("\0")) return "holds a NUL";
  if (name.includes("\\")) return "holds a backslash";
  if (name.startsWith("/")) return "is absolute";
  if (/(?:^|\/)\.\.(?:\/|$)/.test(name)) return 'has a ".." segment';
  if (/(?:^|\/)\.$/.test(name)) return 'ends in a "." segment';
  return undefined;
}
