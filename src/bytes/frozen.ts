/** The value itself, which nobody can change in place any more, nor what is in it. What is frozen already is not looked through again. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return ArrayBuffer.isView(value) ? value : Object.freeze(value);
}
