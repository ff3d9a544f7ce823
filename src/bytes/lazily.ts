/** A module that is imported when it is first needed. */
export interface LazyModule<Module> {
  /** The module, once it has been loaded: to import it again would cost a turn of the event loop. */
  readonly loaded: Module | undefined;
  load(): Promise<Module>;
}

/** @param load - imports the module */
export function lazily<Module>(load: () => Promise<Module>): LazyModule<Module> {
  let loaded: Module | undefined;
  return {
    get loaded() {
      return loaded;
    },
    load: async () => {
      loaded ??= await load();
      return loaded;
    },
  };
}
