/** The callback that functions of Node call when they are done. */
export type Done<T> = (error: Error | null, result: T) => void;

/** The outcome of a function of Node that takes a callback, as a promise. */
export function settled<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)));
  });
}
