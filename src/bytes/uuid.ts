/**
 * A new UUID of version 7 (RFC 9562): the time in milliseconds, and 74 random bits. They are no secret, and need none of the
 * cryptography that takes longer to load than a commit takes.
 */
export function newUuid(): string {
  const time = hexDigits(Date.now(), 12);
  const [a, b, c] = [1, 2, 3].map(() => hexDigits(Math.floor(Math.random() * 2 ** 32), 8)) as [string, string, string];
  const variant = (8 + Math.floor(Math.random() * 4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a.slice(0, 3)}-${variant}${a.slice(3, 6)}-${b}${c.slice(0, 4)}`;
}

function hexDigits(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
