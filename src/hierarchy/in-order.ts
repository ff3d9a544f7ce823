import { isTurnDue, nextTurn } from "../bytes/turn.js";

/**
 * Runs `produce` for up to `width` items at once, and `consume` for each result, one at a time, in the order of the items.
 * Hands the thread to other callbacks every few milliseconds. After a failure or an abort nothing new is begun, what is
 * under way is waited for, and the first error is thrown.
 */
export async function inOrder<Item, Result>(
  items: Iterable<Item>,
  width: number,
  produce: (item: Item) => Promise<Result>,
  consume: (result: Result, item: Item) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  const window: { item: Item; result: Promise<Result> }[] = [];
  const finishOldest = async () => {
    const oldest = window.shift();
    if (oldest === undefined) return;
    await consume(await oldest.result, oldest.item);
    signal?.throwIfAborted();
  };
  signal?.throwIfAborted();
  try {
    for (const item of items) {
      while (isTurnDue()) await nextTurn();
      signal?.throwIfAborted();
      const result = produce(item);
      result.catch(() => undefined); // reported when its turn comes, or superseded by an earlier error
      window.push({ item, result });
      if (window.length >= width) await finishOldest();
    }
    while (window.length > 0) await finishOldest();
  } finally {
    await Promise.allSettled(window.map(({ result }) => result));
  }
}
