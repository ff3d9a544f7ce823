// What the start sample needs of the terminal: styles where there is colour, a line of progress where there is a terminal.
const { stdout } = process;

// Whoever reads our output may stop before its end, as `head` does.
stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
});

const isTerminal = stdout.isTTY === true;

/** Columns to use. */
export const width = isTerminal ? Math.min(stdout.columns ?? 80, 160) : 80;

/** Lines that fit; a pipe has no end. */
export const height = isTerminal ? (stdout.rows ?? 24) : 60;

// hasColors() and getColorDepth() honour NO_COLOR, FORCE_COLOR and what the terminal says of itself.
const hasColor = isTerminal && stdout.hasColors() && !process.env.NO_COLOR;

// Node counts 256 colours within tmux, which passes on all that the terminal has.
const depth = !hasColor ? 1 : /truecolor|24bit/.test(process.env.COLORTERM) ? 24 : stdout.getColorDepth();

/** Makes the SGR parameters of a colour [red, green, blue]; `undefined` where the terminal has too few colours. */
export const colorCode = depth >= 24 ? rgb : depth >= 8 ? cube : undefined;

function rgb(color) {
  return `2;${color.map(Math.round).join(";")}`;
}

/** The nearest of the 6 × 6 × 6 colours that every terminal with 256 has. */
function cube(color) {
  const [r, g, b] = color.map((value) => Math.round((value / 255) * 5));
  return `5;${16 + 36 * r + 6 * g + b}`;
}

const style = (code) => (text) => (hasColor ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = style("1");
export const dim = style("2");
export const good = style("32");
export const bad = style("1;31");

export function print(line = "") {
  stdout.write(`${line}\n`);
}

/** A step that shows how far it has come, on a terminal, and then nothing. */
export async function withProgress(label, work) {
  if (!isTerminal) return await work(() => undefined);
  const cells = 24;
  const show = (done) => {
    const full = Math.round(done * cells);
    stdout.write(`\r\x1b[2K  ${label} ${good("━".repeat(full))}${dim("━".repeat(cells - full))}`);
  };
  show(0);
  try {
    return await work(show);
  } finally {
    stdout.write("\r\x1b[2K");
  }
}

/** Rows of texts as columns; all but the first column are aligned to the right. */
export function printTable([head, ...rows]) {
  const widths = head.map((_, c) => Math.max(...[head, ...rows].map((row) => row[c].length)));
  const line = (row, paint) =>
    row.map((text, c) => paint(c === 0 ? text.padEnd(widths[c]) : text.padStart(widths[c]), c)).join("   ");
  print(`  ${line(head, dim)}`);
  print(`  ${dim("─".repeat(widths.reduce((sum, w) => sum + w + 3, -3)))}`);
  for (const row of rows) {
    print(`  ${line(row, (text) => (/^ *yes$/.test(text) ? good(text) : /^ *NO$/.test(text) ? bad(text) : text))}`);
  }
}
