/** The layout of a floating-point type, from the highest bit: sign, exponent, fraction. */
export interface FloatFormat {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /**
   * The values besides finite numbers. `ieee`: infinities, and NaNs in the same exponent. `fn`: a NaN with all bits but the sign set.
   * `fnuz`: one NaN, in the place of -0. `fnu`: one NaN with all bits set, and neither a sign nor a zero. `finite`: nothing.
   */
  readonly kind: "ieee" | "fn" | "fnuz" | "fnu" | "finite";
}

/** By the names of the core specification and of the registry. */
export const floatFormats = {
  float64: { exponentBits: 11, fractionBits: 52, bias: 1023, kind: "ieee" },
  float32: { exponentBits: 8, fractionBits: 23, bias: 127, kind: "ieee" },
  float16: { exponentBits: 5, fractionBits: 10, bias: 15, kind: "ieee" },
  bfloat16: { exponentBits: 8, fractionBits: 7, bias: 127, kind: "ieee" },
  float8_e3m4: { exponentBits: 3, fractionBits: 4, bias: 3, kind: "ieee" },
  float8_e4m3: { exponentBits: 4, fractionBits: 3, bias: 7, kind: "ieee" },
  float8_e4m3fn: { exponentBits: 4, fractionBits: 3, bias: 7, kind: "fn" },
  float8_e4m3b11fnuz: { exponentBits: 4, fractionBits: 3, bias: 11, kind: "fnuz" },
  float8_e4m3fnuz: { exponentBits: 4, fractionBits: 3, bias: 8, kind: "fnuz" },
  float8_e5m2: { exponentBits: 5, fractionBits: 2, bias: 15, kind: "ieee" },
  float8_e5m2fnuz: { exponentBits: 5, fractionBits: 2, bias: 16, kind: "fnuz" },
  float8_e8m0fnu: { exponentBits: 8, fractionBits: 0, bias: 127, kind: "fnu" },
  float6_e2m3fn: { exponentBits: 2, fractionBits: 3, bias: 1, kind: "finite" },
  float6_e3m2fn: { exponentBits: 3, fractionBits: 2, bias: 3, kind: "finite" },
  float4_e2m1fn: { exponentBits: 2, fractionBits: 1, bias: 1, kind: "finite" },
} as const satisfies Readonly<Record<string, FloatFormat>>;

/** Exponent of the smallest normal number, and of the subnormal ones. */
export function minExponent({ kind, bias }: FloatFormat): number {
  return kind === "fnu" ? -bias : 1 - bias;
}

/** The largest finite number. */
export function maxFinite({ exponentBits, fractionBits, bias, kind }: FloatFormat): number {
  // `ieee` has no numbers in the highest exponent; `fn` and `fnu` lack the highest one of it.
  const exponent = 2 ** exponentBits - 1 - bias - (kind === "ieee" || kind === "fnu" ? 1 : 0);
  return (2 - 2 ** -fractionBits * (kind === "fn" ? 2 : 1)) * 2 ** exponent;
}
