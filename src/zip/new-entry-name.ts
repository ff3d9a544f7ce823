import { ZarrError } from "../errors.js";
import { nameFault } from "./entry-name.js";
import { saturated16 } from "./records.js";

const utf8 = new TextEncoder();

/** Names are encoded into blocks of so many bytes: memory of its own would take a name several times its length. */
const blockBytes = 16 * 1024;

/** Bytes of a block that one name may take; a longer one has memory of its own. */
const longestInBlock = 1024;

let block = new Uint8Array();

/** Bytes of the block that names have. */
let used = 0;

/**
 * The name of a new entry in UTF-8. Its bytes are not to be changed or transferred: other names may lie beside them.
 * @throws ZarrError `ERR_ARGUMENT` - no entry can have it
 */
export function checkedName(name: string): Uint8Array {
  const encoded = encode(name);
  const fault =
    nameFault(name) ??
    (name.endsWith("/") ? "is a folder's" : undefined) ??
    (encoded.length > saturated16 ? `has ${encoded.length} bytes, more than ${saturated16}` : undefined);
  if (fault === undefined) return encoded;
  const shown = name.slice(0, 80);
  const message = `no entry can be called ${JSON.stringify(shown)}: the name ${fault}`;
  throw new ZarrError("ERR_ARGUMENT", message, { key: shown });
}

function encode(name: string): Uint8Array {
  const most = 3 * name.length; // of one UTF-16 code unit
  if (most > longestInBlock) return utf8.encode(name);
  if (used + most > block.length) {
    block = new Uint8Array(blockBytes);
    used = 0;
  }
  const { written } = utf8.encodeInto(name, block.subarray(used));
  const encoded = block.subarray(used, used + written);
  used += written;
  return encoded;
}
