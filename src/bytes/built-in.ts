/** Tells built-in objects whichever realm made them: `instanceof` knows only its own, and Jest, Vitest's vm pools and jsdom have others. */

interface BuiltIns {
  Date: Date;
  ArrayBuffer: ArrayBuffer;
  SharedArrayBuffer: SharedArrayBuffer;
  Map: ReadonlyMap<unknown, unknown>;
  Set: ReadonlySet<unknown>;
}

/** The name of a typed array's kind, which no property can fake; `undefined` of anything else. */
const kindOfArray = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined;

/** Recognizes a `Uint8Array`, a `Buffer` included. */
export function isBytes(value: unknown): value is Uint8Array {
  return kindOfArray.call(value) === "Uint8Array";
}

/** Recognizes a typed array of this kind, or of a class derived from it. */
export function isTypedArray<Data>(
  value: unknown,
  { name }: { readonly name: string; new (length: number): Data },
): value is Data {
  return kindOfArray.call(value) === name;
}

export function isBuiltIn<Kind extends keyof BuiltIns>(value: unknown, kind: Kind): value is BuiltIns[Kind] {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}

/** Recognizes a value that has to be awaited. */
export function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>> | undefined)?.then === "function";
}

/** Recognizes an error of the built-in class of this name. */
export function isErrorNamed(error: unknown, name: "CompileError" | "RangeError" | "TypeError" | "URIError"): boolean {
  return (error as Partial<Error> | undefined)?.name === name;
}
