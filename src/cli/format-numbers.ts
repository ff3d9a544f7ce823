/** As NumPy's `set_printoptions`. */
const precision = 8;

/**
 * Real numbers as NumPy prints them: the shortest digits that tell each from its neighbours, at most {@link precision} behind the point,
 * aligned at the point; with exponents where they are very large or very small.
 *
 * @param round - to the nearest number that the data type has
 */
export function formatFloats(values: readonly number[], round: (value: number) => number): string[] {
  const finite = values.filter(Number.isFinite);
  const sizes = finite.filter((value) => value !== 0).map(Math.abs);
  const [largest, smallest] = [Math.max(0, ...sizes), Math.min(Number.POSITIVE_INFINITY, ...sizes)];
  const isScientific = sizes.length > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
  const texts = new Map(
    finite.map((value) => [value, isScientific ? scientific(value, round) : positional(value, round)]),
  );
  const fractions = [...texts.values()].map(({ fraction }) => fraction.length);
  const fraction = Math.max(0, ...fractions);
  const exponent = Math.max(2, ...[...texts.values()].map((text) => text.exponent.length));
  return values.map((value) => {
    if (Number.isNaN(value)) return "nan";
    if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
    const text = texts.get(value)!;
    const sign = Object.is(value, -0) && !text.whole.startsWith("-") ? "-" : "";
    // Exponents need digits to stand below each other; without them blanks will do, as in "1.  " below "1.25".
    const padded = isScientific ? text.fraction.padEnd(fraction, "0") : text.fraction.padEnd(fraction);
    return `${sign}${text.whole}.${padded}${isScientific ? `e${text.sign}${text.exponent.padStart(exponent, "0")}` : ""}`;
  });
}

interface NumberText {
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: string;
  /** Sign of the exponent. */
  readonly sign: string;
}

function positional(value: number, round: (value: number) => number): NumberText {
  const digits = shortest(value, round);
  const rounded = Number(digits).toFixed(precision);
  const exact = fixed(digits);
  const text = (exact.split(".")[1] ?? "").length > precision ? rounded : exact;
  const [whole, fraction = ""] = text.split(".") as [string, string?];
  return { whole, fraction: fraction.replace(/0+$/, ""), exponent: "", sign: "" };
}

function scientific(value: number, round: (value: number) => number): NumberText {
  let text = Number(shortest(value, round)).toExponential();
  if (text.split("e")[0]!.replace(/^-?\d\.?/, "").length > precision) text = value.toExponential(precision);
  const [, whole, fraction = "", sign, exponent] = /^(-?\d)(?:\.(\d+))?e([+-])(\d+)$/.exec(text)!;
  return { whole: whole!, fraction: fraction.replace(/0+$/, ""), exponent: exponent!, sign: sign! };
}

/** The fewest digits that the data type reads back as the same number. */
function shortest(value: number, round: (value: number) => number): string {
  for (let digits = 1; digits < 17; digits++) {
    const text = value.toPrecision(digits);
    if (Object.is(round(Number(text)), value)) return text;
  }
  return value.toPrecision(17);
}

/** Digits without an exponent. */
function fixed(digits: string): string {
  const [mantissa, exponent] = Number(digits).toExponential().split("e") as [string, string];
  const behind = Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(exponent));
  return Number(digits).toFixed(Math.min(100, behind));
}
