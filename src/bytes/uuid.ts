/**
 * A new UUID of version 7 (RFC 9562): the time in milliseconds, and 74 random bits. They are no secret, and need none of the
 * cryptography that takes longer to load than a commit takes.
 */
export function newUuid(): string {
  return uuid(Date.now(), 7);
}

/** A new UUID of version 8: a number below 2^48 of the caller's choice, and 74 random bits. */
export function numberedUuid(number: number): string {
  return uuid(number, 8);
}

/** The number of a {@link numberedUuid}; `undefined` for every other text. */
export function numberOfUuid(text: string): number | undefined {
  const digits = /^([0-9a-f]{8})-([0-9a-f]{4})-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(text);
  return digits === null ? undefined : Number.parseInt(`${digits[1]}${digits[2]}`, 16);
}

function uuid(number: number, version: number): string {
  const first = hexDigits(number % 2 ** 48, 12);
  const [a, b, c] = [1, 2, 3].map(() => hexDigits(Math.floor(Math.random() * 2 ** 32), 8)) as [string, string, string];
  const variant = (8 + Math.floor(Math.random() * 4)).toString(16);
  return `${first.slice(0, 8)}-${first.slice(8)}-${version}${a.slice(0, 3)}-${variant}${a.slice(3, 6)}-${b}${c.slice(0, 4)}`;
}

function hexDigits(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
