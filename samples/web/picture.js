// A slice of an array as a picture: the last two dimensions as rows and columns, a slider for each other one, and one for either end of the contrast.
import { slice } from "zarrzip";
import { colours } from "./colours.js";
import { contrastOf, describeNumber } from "./contrast.js";

/** Rows and columns that a picture has at most: of a longer dimension every second, third, … element is shown. */
const mostPixels = 1024;

/** Milliseconds that a picture is shown for when one follows the other. */
const frameMs = 80;

/**
 * Shows an array, and whatever of it is chosen afterwards.
 * @param read - reads a selection of it
 * @param fail - told of an error
 * @returns `end()`, to be called before another array is shown
 */
export async function showArray(array, read, { canvas, reading, controls }, fail) {
  if (array.size === 0) throw new Error("the array has no elements");
  const { shape } = array;
  const ending = new AbortController();
  const steps = shape.map((length, d) => (d < shape.length - 2 ? 0 : Math.ceil(length / mostPixels)));
  const indices = shape.map(() => 0);
  const names = shape.map((_, d) => array.dimensionNames?.[d] ?? `dimension ${d}`);
  let contrast;
  let palette = "grey";
  let current;

  const draw = () => {
    if (current === undefined) return;
    const { values, rows, columns } = current;
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    const table = colours[palette];
    const scale = 255 / (contrast.high - contrast.low || 1);
    for (let i = 0; i < values.length; i++) {
      const level = Math.max(0, Math.min(255, Math.round((values[i] - contrast.low) * scale)));
      image.data.set(Number.isNaN(values[i]) ? [0, 0, 0, 0] : table.subarray(4 * level, 4 * level + 4), 4 * i);
    }
    context.putImageData(image, 0, 0);
    const place = indices.slice(0, -2).map((index, d) => `${names[d]} ${index}`);
    canvas.setAttribute(
      "aria-label",
      `${rows} rows and ${columns} columns${place.length === 0 ? "" : `, ${place.join(", ")}`}: values from ${describeNumber(current.least)} to ${describeNumber(current.greatest)}`,
    );
  };

  /** Reads what the sliders say. What was asked for before, and has not come, is given up. */
  let reader = new AbortController();
  const show = async () => {
    reader.abort();
    reader = new AbortController();
    const signal = AbortSignal.any([reader.signal, ending.signal]);
    const selection = shape.map((_, d) => (steps[d] === 0 ? indices[d] : slice(null, null, steps[d])));
    const chunk = await read(array, selection, signal);
    const [rows, columns] = [1, 1, ...(chunk.shape ?? [])].slice(-2);
    const values = numbersOf(chunk);
    const found = contrastOf(values);
    current = { values, rows, columns, least: found.least, greatest: found.greatest };
    contrast ??= found;
    draw();
  };
  const showOrFail = () => show().catch((error) => ending.signal.aborted || reader.signal.aborted || fail(error));

  await show();
  const sliders = shape.slice(0, -2).map((length, d) => {
    const change = (index) => {
      indices[d] = index;
      void showOrFail();
    };
    return addSlider(controls, names[d], { min: 0, max: length - 1, value: 0 }, change);
  });
  addPlayers(sliders, ending.signal, async (d, index) => {
    indices[d] = index;
    await show();
  });
  const { low, high, least, greatest } = contrast;
  const range = { min: least, max: greatest, step: (greatest - least) / 255 || 1 };
  for (const [end, value] of Object.entries({ low, high })) {
    const name = end === "low" ? "Darkest" : "Brightest";
    addSlider(controls, name, { ...range, value }, (chosen) => {
      contrast = { ...contrast, [end]: chosen };
      draw();
    });
  }
  addChoice(controls, "Colours", Object.keys(colours), (chosen) => {
    palette = chosen;
    draw();
  });

  const onPointer = ({ offsetX, offsetY }) => {
    const { values, rows, columns } = current;
    const zoom = Math.min(canvas.clientWidth / columns, canvas.clientHeight / rows);
    const [row, column] = [Math.floor(offsetY / zoom), Math.floor(offsetX / zoom)];
    if (row >= rows || column >= columns) return;
    const at = [row * Math.max(1, steps.at(-2) ?? 1), column * Math.max(1, steps.at(-1) ?? 1)].slice(-shape.length);
    reading.textContent = `[${[...indices.slice(0, -2), ...at].join(", ")}]: ${describeNumber(values[row * columns + column])}`;
  };
  canvas.addEventListener("pointermove", onPointer, { signal: ending.signal });
  return { end: () => ending.abort(new Error("another node is shown")) };
}

/** The elements as numbers; an error for what has none. */
function numbersOf(chunk) {
  if (typeof chunk !== "object") return Float64Array.of(Number(chunk));
  const { data } = chunk;
  if (Array.isArray(data)) throw new Error("the elements are no numbers: see the metadata");
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

function addRow(controls, name, input) {
  const label = document.createElement("label");
  label.textContent = name;
  input.id = `control-${controls.children.length}`;
  label.htmlFor = input.id;
  const output = document.createElement("output");
  output.htmlFor = input.id;
  const more = document.createElement("span");
  controls.append(label, input, output, more);
  return { output, more };
}

function addSlider(controls, name, { min, max, value, step = 1 }, change) {
  const input = Object.assign(document.createElement("input"), { type: "range" });
  Object.assign(input, { min, max, step, value });
  const { output, more } = addRow(controls, name, input);
  const tell = () => {
    output.textContent = describeNumber(input.valueAsNumber);
  };
  tell();
  input.addEventListener("input", () => {
    tell();
    change(input.valueAsNumber);
  });
  return { input, tell, more, name };
}

function addChoice(controls, name, values, change) {
  const select = document.createElement("select");
  select.append(...values.map((value) => new Option(value)));
  addRow(controls, name, select);
  select.addEventListener("change", () => change(select.value));
}

/** A button beside each slider, which shows one index after the other: the next is read when the last is there. */
function addPlayers(sliders, signal, show) {
  for (const [d, { input, tell, more, name }] of sliders.entries()) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Play" });
    button.setAttribute("aria-label", `Play along ${name}`);
    more.append(button);
    let isPlaying = false;
    const play = async () => {
      while (isPlaying && !signal.aborted) {
        // A frame is shown for as long as this, while the next is read.
        const pause = new Promise((resolve) => setTimeout(resolve, frameMs));
        input.valueAsNumber = (input.valueAsNumber + 1) % (Number(input.max) + 1);
        tell();
        await show(d, input.valueAsNumber);
        await pause;
      }
    };
    button.addEventListener("click", () => {
      isPlaying = !isPlaying;
      button.textContent = isPlaying ? "Stop" : "Play";
      if (isPlaying)
        void play().catch(() => {
          isPlaying = false;
          button.textContent = "Play";
        });
    });
  }
}
