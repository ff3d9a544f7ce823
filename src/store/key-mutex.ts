const queues = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Runs `work` while nothing else in this thread that asks for the same key of the same owner, a store, runs: reading a chunk,
 * changing a part of it and writing it back is one step.
 */
export async function withKey<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
  let queue = queues.get(owner);
  if (queue === undefined) {
    queue = new Map();
    queues.set(owner, queue);
  }
  const before = queue.get(key);
  const result = (async () => {
    await before;
    return await work();
  })();
  const settled = result.then(
    () => undefined,
    () => undefined,
  );
  queue.set(key, settled);
  try {
    return await result;
  } finally {
    if (queue.get(key) === settled) queue.delete(key);
  }
}
