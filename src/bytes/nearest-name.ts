/** The number of letters that may be changed, added or left out between two names that are alike. */
const mostChanges = (name: string) => Math.max(1, Math.floor(name.length / 3));

/** Those of `names` that are most like `name`, the nearest first, at most `count`; none where nothing is like it. */
export function nearestNames(name: string, names: Iterable<string>, count = 1): string[] {
  const wanted = name.toLowerCase().slice(0, 100);
  const found: { readonly name: string; readonly changes: number }[] = [];
  for (const other of names) {
    const changes = changesBetween(wanted, other.toLowerCase());
    if (changes <= mostChanges(wanted)) found.push({ name: other, changes });
  }
  return found
    .sort((a, b) => a.changes - b.changes)
    .slice(0, count)
    .map((one) => one.name);
}

/** The end of a message about an unknown name: the nearest one, or all. */
export function didYouMean(name: string, names: readonly string[]): string {
  const [nearest] = nearestNames(name, names);
  return nearest === undefined ? `expected ${names.join(", ")}` : `did you mean ${nearest}?`;
}

/** Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
