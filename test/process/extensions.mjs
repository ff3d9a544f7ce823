// One extension of each kind, as a user's module has them. Importing it registers them.
import { register, ZarrError } from "../../dist/index.js";

/** Whole percentages, one byte each. */
const percent = {
  name: "example.percent",
  itemSize: 1,
  swapSize: 1,
  width: 1,
  defaultFillValue: 0,
  objectCodec: undefined,
  toJson: () => ({ name: "example.percent", configuration: { scale: 100 } }),
  allocate: (elements, shared = false) => new Uint8Array(shared ? new SharedArrayBuffer(elements) : elements),
  fromBytes: (bytes) => bytes,
  toBytes: (data) => data,
  swapBytes: (bytes) => bytes,
  getScalar: (data, index) => data[index],
  fill: (data, value, start, end) => data.fill(value, start, end),
  isScalar: (value) => typeof value === "number",
  checkScalar(value) {
    if (Number.isInteger(value) && value >= 0 && value <= 100) return value;
    throw new ZarrError("ERR_VALUE", `${value} is no percentage: expected an integer from 0 to 100`);
  },
  checkValues: (values) => Uint8Array.from(values, percent.checkScalar),
  holdsSame: (a, b) => a.every((value, i) => value === b[i]),
  fillValueFromJson: (json) => percent.checkScalar(json),
  fillValueToJson: (value) => value,
};

const hexadecimal = {
  name: "example.hex",
  encode: (coords) => `x${coords.map((c) => c.toString(16)).join("x")}`,
  decode: (key) =>
    /^(?:x[0-9a-f]+)+$/.test(key)
      ? key
          .slice(1)
          .split("x")
          .map((c) => Number.parseInt(c, 16))
      : undefined,
  toJson: () => ({ name: "example.hex" }),
};

register(
  {
    dataType: { name: percent.name, create: () => percent },
    chunkKeyEncoding: { name: hexadecimal.name, create: () => hexadecimal },
    chunkGrid: {
      name: "example.doubling",
      chunkShapes: (_configuration, shape) =>
        shape.map((length) => Array.from({ length: Math.ceil(Math.log2(length + 1)) }, (_, i) => 2 ** i)),
    },
  },
  { module: import.meta.url },
);
