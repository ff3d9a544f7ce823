// A file that several write, as Maps: what is committed, and the changes that each writer has not committed yet.

export type Values = ReadonlyMap<string, Uint8Array>;
export type Writes = ReadonlyMap<string, Uint8Array | undefined>;

export interface Change {
  /** What it writes where the values are these; `undefined` where it fails. */
  readonly run: (values: Values) => Writes | undefined;
  /** What it wrote when it ran last. */
  readonly writes: Writes;
}

export interface Model {
  readonly committed: Values;
  /** Per writer, in their order. */
  readonly changes: readonly (readonly Change[])[];
}

/** What a writer reads: its changes as they ran last, over what is committed. */
export function visible({ committed, changes }: Model, writer: number): Values {
  return changes[writer]!.reduce((values: Values, { writes }) => over(values, writes), committed);
}

export function isDirty({ changes }: Model, writer: number): boolean {
  return changes[writer]!.some(({ writes }) => writes.size > 0);
}

/** With one more change of a writer, which runs on what that writer reads. */
export function withChange(model: Model, writer: number, run: Change["run"]): Model {
  const change = { run, writes: run(visible(model, writer))! };
  return { ...model, changes: model.changes.with(writer, [...model.changes[writer]!, change]) };
}

/** What has become of a writer's changes. */
export interface Commit {
  readonly model: Model;
  /** Absent where none was withdrawn. */
  readonly code?: "ERR_CONFLICT";
  /** Those that did not fail, as they ran last. */
  readonly ran: readonly Change[];
}

/** Runs a writer's changes one after the other on what is committed. One that fails is withdrawn, and the others are committed. */
export function commit(model: Model, writer: number): Commit {
  if (!isDirty(model, writer)) return { model, ran: [] };
  let values = model.committed;
  const kept: Change[] = [];
  for (const { run } of model.changes[writer]!) {
    const writes = run(values);
    if (writes === undefined) continue;
    kept.push({ run, writes });
    values = over(values, writes);
  }
  const committed = { committed: values, changes: model.changes.with(writer, []) };
  const isWhole = kept.length === model.changes[writer]!.length;
  return { model: committed, ran: kept, ...(isWhole ? {} : { code: "ERR_CONFLICT" as const }) };
}

export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

function over(values: Values, writes: Writes): Values {
  const result = new Map(values);
  for (const [name, value] of writes) {
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}
