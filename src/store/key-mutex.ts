const queues = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Runs `work` while nothing else in this thread that asks for the same key of the same owner, a store, runs: reading a chunk,
 * changing a part of it and writing it back is one step.
 */
export async function withKey<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
  return await withKeys(owner, [key], work);
}

/** As {@link withKey}, of several keys at once. */
export async function withKeys<T>(owner: object, keys: readonly string[], work: () => Promise<T>): Promise<T> {
  let queue = queues.get(owner);
  if (queue === undefined) {
    queue = new Map();
    queues.set(owner, queue);
  }
  const before = new Set<Promise<void>>();
  for (const key of keys) {
    const last = queue.get(key);
    if (last !== undefined) before.add(last);
  }
  const result = (async () => {
    for (const earlier of before) await earlier;
    return await work();
  })();
  const settled = result.then(
    () => undefined,
    () => undefined,
  );
  // All in one go, so that two callers that want the same keys cannot each have one that the other waits for.
  for (const key of keys) queue.set(key, settled);
  try {
    return await result;
  } finally {
    for (const key of keys) if (queue.get(key) === settled) queue.delete(key);
  }
}
