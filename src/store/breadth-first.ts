/** Keys level by level, and within each in the order of the groups above them, so that siblings are neighbours. */
export function breadthFirst(keys: readonly string[]): string[] {
  const paths = keys.map((key) => key.split("/"));
  return paths.sort(compare).map((path) => path.join("/"));
}

/** True if {@link breadthFirst} might have given keys in this order, however siblings are sorted. */
export function isBreadthFirst(keys: readonly string[]): boolean {
  const places = new Map<string, number>();
  let last = { depth: 0, parent: -1 };
  for (const [place, key] of keys.entries()) {
    const folder = key.slice(0, Math.max(0, key.lastIndexOf("/")));
    places.set(folder, place);
    const above = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
    const next = { depth: folder === "" ? 0 : folder.split("/").length, parent: places.get(above) ?? last.parent };
    if (next.depth < last.depth || (next.depth === last.depth && next.parent < last.parent)) return false;
    last = next;
  }
  return true;
}

function compare(a: readonly string[], b: readonly string[]): number {
  if (a.length !== b.length) return a.length - b.length;
  const at = a.findIndex((segment, i) => segment !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}
