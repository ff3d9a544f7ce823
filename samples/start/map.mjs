// Draws a field over the globe: two pixels to a character, one above the other, where the terminal has colour; else a
// character for each two pixels, the darker the more.
import { colorCode, dim, height, print, width } from "./screen.mjs";

/** Values, in mm, where the colours and the characters change, from dry to wet. */
const stops = [
  { value: 0, color: [244, 228, 188], character: " " },
  { value: 250, color: [229, 204, 138], character: "." },
  { value: 500, color: [186, 209, 143], character: ":" },
  { value: 1000, color: [104, 186, 155], character: "-" },
  { value: 1500, color: [54, 156, 173], character: "+" },
  { value: 2000, color: [41, 120, 176], character: "*" },
  { value: 3000, color: [45, 78, 156], character: "#" },
  { value: 5000, color: [58, 36, 120], character: "@" },
];

const margin = 7; // for the latitudes

/** Prints the map of `field`, whose rows go from `latitude[0]` to the south and whose columns to the east. */
export function printMap({ field, shape, latitude, longitude, coastline }) {
  const [rows, columns] = shape;
  const columnsThatFit = Math.floor(((height - 6) * 2 * columns) / rows);
  const pixels = [Math.max(20, Math.min(width - margin - 2, columnsThatFit, columns)), 0];
  pixels[1] = 2 * Math.round((pixels[0] * rows) / columns / 2);
  const image = average(field, shape, pixels);
  const place = (value, axis, count) => Math.floor(((value - axis[0]) / (axis.at(-1) - axis[0])) * (count - 0.01));
  const x = (degrees) => place(degrees, longitude, pixels[0]);
  const y = (degrees) => place(degrees, latitude, pixels[1]);
  const coast = drawLines(coastline, x, y, pixels, columns / pixels[0]);

  const labels = new Map([60, 30, 0, -30, -60].map((degrees) => [Math.floor(y(degrees) / 2), degrees]));
  for (let line = 0; line < pixels[1] / 2; line++) {
    const label = labels.has(line) ? named(labels.get(line), "N", "S") : "";
    let text = "";
    for (let column = 0; column < pixels[0]; column++) {
      const at = 2 * line * pixels[0] + column;
      text += twoPixels(image[at], image[at + pixels[0]], coast[at], coast[at + pixels[0]]);
    }
    print(`${dim(label.padStart(margin - 1))} ${text}${colorCode ? "\x1b[0m" : ""}`);
  }
  const axis = Array(margin + pixels[0]).fill(" ");
  for (const degrees of [-120, -60, 0, 60, 120]) {
    const label = named(degrees, "E", "W");
    axis.splice(margin + x(degrees) - (label.length >> 1), label.length, ...label);
  }
  print(dim(axis.join("").trimEnd()));
}

/** Prints what the colours, or the characters, stand for. */
export function printLegend(unit) {
  const cells = Math.min(9, Math.floor((width - margin - 10) / (stops.length - 1)));
  let bar = "";
  let values = "";
  for (const [i, { value, character }] of stops.entries()) {
    values += String(value).padEnd(cells);
    const next = stops[i + 1]?.value;
    for (let k = 0; next !== undefined && k < cells; k++) {
      const color = colorOf(value + ((next - value) * (k + 0.5)) / cells);
      bar += colorCode ? `\x1b[48;${colorCode(color)}m ` : character;
    }
  }
  print(`${" ".repeat(margin)}${bar}${colorCode ? "\x1b[0m" : stops.at(-1).character}`);
  print(dim(`${" ".repeat(margin)}${values.trimEnd()} ${unit}`));
}

/** Means of the parts of a field that lie below each pixel. */
function average(field, [rows, columns], [pixelColumns, pixelRows]) {
  const image = new Float64Array(pixelColumns * pixelRows);
  const edges = (count, length) => Array.from({ length: count + 1 }, (_, i) => Math.round((i * length) / count));
  const [xs, ys] = [edges(pixelColumns, columns), edges(pixelRows, rows)];
  for (let py = 0; py < pixelRows; py++) {
    for (let px = 0; px < pixelColumns; px++) {
      let sum = 0;
      for (let row = ys[py]; row < ys[py + 1]; row++) {
        for (let column = xs[px]; column < xs[px + 1]; column++) sum += field[row * columns + column];
      }
      image[py * pixelColumns + px] = sum / ((ys[py + 1] - ys[py]) * (xs[px + 1] - xs[px]));
    }
  }
  return image;
}

/** How much of each pixel the lines take, from 0 to 1. */
function drawLines(points, x, y, [columns, rows], degreesOfPixel) {
  const cover = new Float64Array(columns * rows);
  const step = degreesOfPixel / 8;
  for (let i = 0; i + 3 < points.length; i += 2) {
    const [x0, y0, x1, y1] = points.subarray(i, i + 4);
    const length = Math.hypot(x1 - x0, y1 - y0); // NaN between two lines: no step
    for (let along = 0; along < length; along += step) {
      const px = x(x0 + ((x1 - x0) * along) / length);
      const py = y(y0 + ((y1 - y0) * along) / length);
      if (px < 0 || px >= columns || py < 0 || py >= rows) continue;
      const at = py * columns + px;
      cover[at] = Math.min(1, cover[at] + Math.min(step, length - along) / degreesOfPixel);
    }
  }
  return cover;
}

function twoPixels(upper, lower, upperCoast, lowerCoast) {
  if (!colorCode) return stops.findLast(({ value }) => value <= (upper + lower) / 2).character;
  const paint = (value, coast) => colorCode(colorOf(value).map((part) => part * (1 - coast / 2)));
  return `\x1b[38;${paint(upper, upperCoast)};48;${paint(lower, lowerCoast)}m▀`;
}

/** The colour of a value, between those of the stops around it. */
function colorOf(value) {
  const i = stops.findLastIndex((stop) => stop.value <= value);
  const [from, to] = [stops[i], stops[i + 1] ?? stops[i]];
  const part = to === from ? 0 : (value - from.value) / (to.value - from.value);
  return from.color.map((start, c) => start + (to.color[c] - start) * part);
}

function named(degrees, positive, negative) {
  return `${Math.abs(degrees)}°${degrees > 0 ? positive : degrees < 0 ? negative : ""}`;
}
