import { crc32 } from "node:zlib";

let found;

/** Two lists of two names each, of one length and with the same sum of checksums: what tells listings apart must be more than that. */
export function collidingNames(prefix) {
  found ??= search(prefix);
  return found;
}

/** Of some hundred thousand pairs two surely have the same sum. */
function search(prefix) {
  const names = Array.from({ length: 900 }, (_, i) => `${prefix}${100 + i}`);
  const sums = names.map((name) => crc32(name));
  const pairs = new Map();
  for (let i = 0; i < names.length; i++) {
    for (let j = 0; j < i; j++) {
      const sum = (sums[i] + sums[j]) % 2 ** 32;
      const other = pairs.get(sum);
      const pair = [names[i], names[j]];
      if (other !== undefined && pair.every((name) => !other.includes(name))) return [other, pair];
      pairs.set(sum, pair);
    }
  }
  throw new Error(`no names with ${prefix} collide`);
}
