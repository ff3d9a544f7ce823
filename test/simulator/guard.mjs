/** What the owner of an archive may do with the files beside it, whatever the archive's own permissions. */
const ownerWrites = 0o600;

/** Sees to it that files beside an archive are for nobody who may not use the archive, and for everybody who may. */
export class Guard {
  #world;
  #mode;

  /** @param mode - the permissions of the archive */
  constructor(world, mode) {
    this.#world = world;
    this.#mode = mode;
  }

  /** A file was made: nobody may open it meanwhile who may not in the end. */
  created({ name }, path, { mode }) {
    if ((mode & ~(this.#mode | ownerWrites)) !== 0) this.#complain(`${name} makes ${path}`, mode);
  }

  /** A file was locked: what others are to open as well is ready for them. Nobody but their makers opens part files to use them. */
  locked({ name }, path, { mode }) {
    if (!path.endsWith(".part") && (mode | ownerWrites) !== (this.#mode | ownerWrites))
      this.#complain(`${name} locks ${path}`, mode);
  }

  /** Nothing has changed the permissions of the archive. */
  check(path) {
    const { mode } = this.#world.disk.find(path);
    if (mode !== this.#mode) this.#complain(`at last there is ${path}`, mode);
  }

  #complain(what, mode) {
    this.#world.violate(
      `${what} with the permissions ${mode.toString(8)}, while those of the archive are ${this.#mode.toString(8)}`,
    );
  }
}
