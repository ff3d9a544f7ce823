const inspectCustom = Symbol.for("nodejs.util.inspect.custom");

/**
 * Makes a thing that holds handles refuse to be cloned: `postMessage`, `structuredClone`, `workerData` and `v8.serialize`
 * read every own enumerable property, and this one throws. Without it they would deliver a dead copy without a word.
 * Printing the instance shows `describe()` instead of its properties.
 */
export function forbidCloning(instance: object, describe: () => object): void {
  const kind = instance.constructor.name;
  Object.defineProperty(instance, "clone", {
    enumerable: true,
    get() {
      throw new DOMException(
        `a ${kind} holds open handles and cannot be cloned: send getState(), and call restore(state) on the other side`,
        "DataCloneError",
      );
    },
  });
  Object.defineProperty(instance, inspectCustom, {
    value: (_depth: number, _options: object, inspect: (value: object) => string) => `${kind} ${inspect(describe())}`,
  });
}
