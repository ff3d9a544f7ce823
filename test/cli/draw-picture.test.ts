import { describe, expect, test } from "vitest";
import { colourMode, drawPicture } from "../../src/cli/draw-picture.js";
import { parseBounds, pictureOf } from "../../src/cli/picture.js";
import { createArray, MemoryStore } from "../../src/index.js";
import { expectError } from "../expect-error.js";

const grey = {
  width: 2,
  height: 3,
  channels: 1,
  pixels: Uint8Array.of(0, 255, 128, 1, 255, 0),
  low: 0,
  high: 255,
} as const;

describe("a picture in a terminal", () => {
  test("with all colours: two rows of pixels in each line, the last one alone", () => {
    expect(drawPicture(grey, "truecolor")).toBe(
      "\x1b[38;2;0;0;0;48;2;128;128;128m▀\x1b[38;2;255;255;255;48;2;1;1;1m▀\x1b[0m\n" +
        "\x1b[0;38;2;255;255;255m▀\x1b[0;38;2;0;0;0m▀\x1b[0m\n",
    );
  });

  test("with 256 colours: greys from 232 on, and a cube from 16 on", () => {
    const red = { width: 1, height: 1, channels: 3, pixels: Uint8Array.of(255, 0, 0), low: 0, high: 255 } as const;
    expect(drawPicture(grey, "256").split("\n")[0]).toBe("\x1b[38;5;232;48;5;244m▀\x1b[38;5;255;48;5;232m▀\x1b[0m");
    expect(drawPicture(red, "256")).toBe("\x1b[0;38;5;196m▀\x1b[0m\n");
  });

  test("without colours: characters", () => {
    expect(drawPicture(grey, "none")).toBe(" @\n=\n@\n".replace("=", "+"));
  });

  test.each([
    [true, { COLORTERM: "truecolor", TERM: "xterm" }, "truecolor"],
    [true, { TERM: "xterm-256color" }, "256"],
    [true, { TERM: "xterm-256color", NO_COLOR: "1" }, "none"],
    [true, { TERM: "dumb", COLORTERM: "truecolor" }, "none"],
    [false, { COLORTERM: "truecolor" }, "none"],
  ])("terminal: %s, %j: %s", (isTerminal, env, mode) => {
    expect(colourMode(isTerminal, env)).toBe(mode);
  });
});

describe("a picture of values", () => {
  test("percentiles, NaN, and 64-bit integers", async () => {
    const float = await createArray(new MemoryStore(), { shape: [1, 5], dtype: "float32" });
    const data = Float32Array.of(0, 1, 2, Number.NaN, 1e9);
    const picture = pictureOf({ data, shape: [1, 5], stride: [5, 1] }, float.dataType, parseBounds("0, 2"));
    expect([...picture.pixels]).toEqual([0, 128, 255, 0, 255]);
    const all = pictureOf({ data, shape: [1, 5], stride: [5, 1] }, float.dataType, parseBounds("0%,67%"));
    expect([all.low, all.high]).toEqual([0, 2]);
    const int = await createArray(new MemoryStore(), { shape: [1, 2], dtype: "int64" });
    const big = { data: BigInt64Array.of(-5n, 5n), shape: [1, 2], stride: [2, 1] };
    expect([...pictureOf(big, int.dataType).pixels]).toEqual([0, 255]);
  });

  test("uint8 in three channels is in colours", async () => {
    const { dataType } = await createArray(new MemoryStore(), { shape: [1], dtype: "uint8" });
    const region = { data: Uint8Array.of(1, 2, 3), shape: [1, 1, 3], stride: [3, 3, 1] };
    expect(pictureOf(region, dataType)).toMatchObject({ width: 1, height: 1, channels: 3, pixels: region.data });
    expectError(() => pictureOf({ ...region, shape: [3] }, dataType), "ERR_ARGUMENT", "two dimensions");
    for (const text of ["1", "a,b", "1,2,3", "-1%,5%"]) expectError(() => parseBounds(text), "ERR_ARGUMENT");
  });
});
