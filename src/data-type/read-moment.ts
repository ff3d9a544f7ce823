/** Attoseconds in one of each unit that has a fixed length. */
const attoseconds: ReadonlyMap<string, bigint> = new Map([
  ["W", 604_800n * 10n ** 18n],
  ["D", 86_400n * 10n ** 18n],
  ["h", 3_600n * 10n ** 18n],
  ["m", 60n * 10n ** 18n],
  ["s", 10n ** 18n],
  ["ms", 10n ** 15n],
  ["us", 10n ** 12n],
  ["ns", 10n ** 9n],
  ["ps", 10n ** 6n],
  ["fs", 10n ** 3n],
  ["as", 1n],
]);

/** As NumPy prints a moment: from a year of at least four digits down to a fraction of a second, cut off anywhere. */
const isoDate = /^([+-]?\d{4,19})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,18}))?)?)?)?)?)?$/;

/**
 * The steps since 1970 of a moment in ISO 8601, as NumPy writes it.
 * @param unit - NumPy's unit of a step, as `ns`
 * @param scaleFactor - units in a step
 * @returns `undefined` if the text is no date, or no whole number of steps
 */
export function readMoment(text: string, unit: string, scaleFactor: number): bigint | undefined {
  const [matched, ...parts] = isoDate.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts.map((part, i) => BigInt(part ?? (i === 1 || i === 2 ? 1 : 0)));
  const fraction = BigInt((parts[6] ?? "").padEnd(18, "0"));
  if (month < 1n || month > 12n || hour > 23n || minute > 59n || second > 59n) return undefined;
  const firstDay = daysBefore(year, month);
  if (day < 1n || firstDay + day > daysBefore(year + month / 12n, (month % 12n) + 1n)) return undefined;

  const seconds = (firstDay + day - 1n - daysBefore(1970n, 1n)) * 86_400n + hour * 3_600n + minute * 60n + second;
  const months = (year - 1970n) * 12n + month - 1n;
  const isMonth = day === 1n && hour + minute + second + fraction === 0n;
  if (unit === "Y") return isMonth ? whole(months, 12n * BigInt(scaleFactor)) : undefined;
  if (unit === "M") return isMonth ? whole(months, BigInt(scaleFactor)) : undefined;
  const length = attoseconds.get(unit);
  return length === undefined ? undefined : whole(seconds * 10n ** 18n + fraction, length * BigInt(scaleFactor));
}

/** Days from the first of January of the year 0 to the first of a month, in the Gregorian calendar. */
function daysBefore(year: bigint, month: bigint): bigint {
  // Years that begin in March have the leap day at their end, and their months repeat every 153 days.
  const shifted = month > 2n ? year : year - 1n;
  const leapDays = floor(shifted, 4n) - floor(shifted, 100n) + floor(shifted, 400n);
  return shifted * 365n + leapDays + (153n * ((month + 9n) % 12n) + 2n) / 5n;
}

function floor(value: bigint, divisor: bigint): bigint {
  return (value - (((value % divisor) + divisor) % divisor)) / divisor;
}

function whole(value: bigint, divisor: bigint): bigint | undefined {
  return value % divisor === 0n ? value / divisor : undefined;
}
