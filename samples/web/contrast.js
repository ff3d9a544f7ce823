/** Values that are looked at to find the contrast. */
const mostSamples = 50_000;

/** The least and the greatest value, and the first and last hundredth, between which most pictures are at their clearest. */
export function contrastOf(values) {
  const step = Math.max(1, Math.floor(values.length / mostSamples));
  const samples = [];
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (i % step === 0) samples.push(value);
  }
  if (samples.length === 0) return { low: 0, high: 1, least: 0, greatest: 1 };
  samples.sort((a, b) => a - b);
  const at = (share) => samples[Math.round(share * (samples.length - 1))];
  const [low, high] = [at(0.01), at(0.99)];
  return low < high ? { low, high, least, greatest } : { low: least, high: greatest, least, greatest };
}

/** A number for people. */
export function describeNumber(value) {
  return Number.isInteger(value) ? String(value) : Number(value).toPrecision(5);
}
