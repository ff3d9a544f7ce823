/** FNV-1a of bytes and texts: pages from elsewhere than localhost have no better one. */
export function digest(parts) {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
