/** Why work was stopped: the program was interrupted. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
  }
}
