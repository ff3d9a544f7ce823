/**
 * What an archive must hold, by what its writers were told. A change is one that was kept, when its caller was told so; refused, when
 * its caller was told so; or unknown, when nobody was told: then it may be there or not.
 */
class Change {
  /** The name of what is changed. */
  place;
  value;
  start;
  end = Number.POSITIVE_INFINITY;
  fate = "unknown";
  isDurable = false;

  constructor(place, value, start) {
    Object.assign(this, { place, value, start });
  }

  keep(now, isDurable) {
    if (this.fate === "unknown") Object.assign(this, { fate: "kept", end: now, isDurable });
  }

  refuse() {
    if (this.fate === "unknown") this.fate = "refused";
  }
}

/** What registers and logs have in common. Times are those of the scheduler; `complain` is told of what must not be. */
class Place {
  name;
  changes = [];
  complain;

  constructor(name, complain) {
    Object.assign(this, { name, complain });
  }

  begin(value, now) {
    const change = new Change(this.name, value, now);
    this.changes.push(change);
    return change;
  }

  /** What was not durable may be gone. */
  losePower() {
    for (const change of this.changes) {
      if (change.fate === "kept" && !change.isDurable) Object.assign(change, { fate: "unknown" });
    }
  }
}

/** A value that is replaced as a whole. */
export class Register extends Place {
  constructor(name, complain, first) {
    super(name, complain);
    this.begin(first, -1).keep(0, true);
  }

  /** @param value - what was read at some moment between `from` and `until` */
  check(value, from, until, reader) {
    const about = `${reader} reads ${JSON.stringify(value)} from ${this.name}`;
    const same = this.changes.filter((change) => change.value === value);
    if (same.length === 0) return this.complain(`${about}, which nobody has written`);
    const possible = same.filter(({ fate, start }) => fate !== "refused" && start <= until);
    if (possible.length === 0) return this.complain(`${about}, which was refused, or is written later`);
    const successor = ({ end }) =>
      this.changes.find((next) => next.fate === "kept" && next.start > end && next.end < from);
    if (possible.every(successor)) {
      return this.complain(`${about}, although ${JSON.stringify(successor(possible[0]).value)} was acknowledged later`);
    }
  }
}

/** A list that only grows, each time by something that tells itself from everything else. */
export class Log extends Place {
  /** The longest list that was read so far, and when at the latest. */
  #longest = { list: [], until: 0 };

  losePower() {
    super.losePower();
    this.#longest = { list: [], until: 0 };
  }

  check(list, from, until, reader) {
    const about = `${reader} finds in ${this.name}`;
    const counts = new Map();
    for (const value of list) counts.set(value, (counts.get(value) ?? 0) + 1);
    const known = new Map(this.changes.map((change) => [change.value, change]));
    for (const [value, count] of counts) {
      const change = known.get(value);
      if (change === undefined) this.complain(`${about} ${value}, which nobody has written`);
      else if (change.fate === "refused") this.complain(`${about} ${value}, which was refused`);
      else if (change.start > until) this.complain(`${about} ${value}, which is written later`);
      if (count > 1) this.complain(`${about} ${value} ${count} times`);
    }
    for (const { value, fate, end } of this.changes) {
      if (fate === "kept" && end < from && !counts.has(value))
        this.complain(`${about} no ${value}, which was acknowledged`);
    }
    this.#checkGrowth(list, from, until, about);
  }

  #checkGrowth(list, from, until, about) {
    const { list: longest, until: seen } = this.#longest;
    const common = Math.min(list.length, longest.length);
    for (let i = 0; i < common; i++) {
      if (list[i] !== longest[i])
        return this.complain(`${about} ${list.join(" ")}, where ${longest.join(" ")} was read`);
    }
    if (list.length < longest.length && from > seen) {
      return this.complain(`${about} ${list.length} entries, where ${longest.length} were read before`);
    }
    if (list.length > longest.length) this.#longest = { list: [...list], until };
  }
}
