import type { Picture } from "./picture.js";

/** The number of colours of a terminal; with none, a picture is drawn in characters. */
export type ColourMode = "truecolor" | "256" | "none";

/** The colours of the terminal, as its environment variables tell. */
export function colourMode(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): ColourMode {
  const { TERM = "", COLORTERM = "", NO_COLOR = "" } = env;
  if (!isTerminal || NO_COLOR !== "" || TERM === "dumb") return "none";
  if (/truecolor|24bit/i.test(COLORTERM)) return "truecolor";
  return TERM.includes("256") ? "256" : "none";
}

/** From black to white. */
const characters = " .:-=+*#%@";

/** The number of rows of pixels in a line of characters. */
export function rowsPerLine(mode: ColourMode): 1 | 2 {
  return mode === "none" ? 1 : 2;
}

type Colour = readonly [red: number, green: number, blue: number];

/** Lines of text that show a picture: with colours two rows of pixels in each, the upper one as the foreground of a half block. */
export function drawPicture(picture: Picture, mode: ColourMode): string {
  const { width, height } = picture;
  let text = "";
  for (let y = 0; y < height; y += rowsPerLine(mode)) {
    let line = "";
    for (let x = 0; x < width; x++) {
      const upper = colourAt(picture, x, y);
      if (mode === "none") line += characters[Math.round((brightness(upper) / 255) * (characters.length - 1))];
      else if (y + 1 === height) line += `\x1b[0;${foreground(upper, mode)}m▀`;
      else line += `\x1b[${foreground(upper, mode)};${background(colourAt(picture, x, y + 1), mode)}m▀`;
    }
    text += mode === "none" ? `${line.trimEnd()}\n` : `${line}\x1b[0m\n`;
  }
  return text;
}

/** Black to white, in so many characters. */
export function drawScale(length: number, mode: ColourMode): string {
  const pixels = Uint8Array.from({ length }, (_, i) => Math.round((255 * i) / (length - 1)));
  return drawPicture({ width: length, height: 1, channels: 1, pixels, low: 0, high: 255 }, mode).replace(/\n$/, "");
}

function colourAt({ width, channels, pixels }: Picture, x: number, y: number): Colour {
  const at = (y * width + x) * channels;
  const grey = pixels[at]!;
  return channels === 1 ? [grey, grey, grey] : [grey, pixels[at + 1]!, pixels[at + 2]!];
}

function brightness([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function foreground(colour: Colour, mode: ColourMode): string {
  return `38;${parameters(colour, mode)}`;
}

function background(colour: Colour, mode: ColourMode): string {
  return `48;${parameters(colour, mode)}`;
}

/** 24 of 256 colours are greys, from 232 on, and 216 are a cube of six steps, from 16 on. */
function parameters([red, green, blue]: Colour, mode: ColourMode): string {
  if (mode === "truecolor") return `2;${red};${green};${blue}`;
  if (red === green && green === blue) return `5;${232 + Math.round((red / 255) * 23)}`;
  const [r, g, b] = [red, green, blue].map((part) => Math.round((part / 255) * 5));
  return `5;${16 + 36 * r! + 6 * g! + b!}`;
}
