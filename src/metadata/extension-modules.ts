const modules = new Map<string, string>();

/** The module that registers the extension of this name; `undefined` for a built-in one. */
export function moduleOf(name: string): string | undefined {
  return modules.get(name);
}

/** Remembers the URL of the module that registers an extension. */
export function setModule(name: string, module: string): void {
  modules.set(name, module);
}
