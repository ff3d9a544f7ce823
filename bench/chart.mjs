// The ratios as a picture: a line for each cell and row, a point for each peer, on a logarithmic scale.
import { cells, rows } from "./rows.mjs";

const colours = ["#c2410c", "#1d4ed8", "#047857", "#7e22ce"];
const left = 130;
const width = 860;
const lineHeight = 16;
const [least, most] = [0.01, 10];

/** An SVG of the ratios of the participant `name` to each peer; what is beyond the scale is at its end. */
export function chartOf(ratios, name, peers) {
  const own = ratios.filter(({ ours }) => ours === name);
  const shapes = [];
  let y = 64;
  for (const [cell, { title }] of Object.entries(cells)) {
    const points = own.filter((ratio) => ratio.cell === cell);
    if (points.length === 0) continue;
    y += 10;
    shapes.push(text(10, y + 4, title, `font-weight="bold"`));
    y += lineHeight + 4;
    for (const row of Object.keys(rows).filter((key) => points.some((point) => point.row === key))) {
      shapes.push(text(left - 10, y + 4, row, `text-anchor="end"`));
      shapes.push(`<line x1="${left}" x2="${width - 20}" y1="${y}" y2="${y}" stroke="#e5e5e5"/>`);
      for (const [p, peer] of peers.entries()) {
        const found = points.find((point) => point.row === row && point.peer === peer.name);
        if (found === undefined) continue;
        const label = `<title>${row}, ${peer.name}: ${found.ratio}</title>`;
        shapes.push(`<circle cx="${place(found.ratio)}" cy="${y}" r="5" fill="${colours[p]}">${label}</circle>`);
      }
      y += lineHeight;
    }
  }
  const height = y + 16;
  const heading = `${name}, divided by each peer: left of 1 zarrzip is faster, or needs less`;
  const ticks = [0.01, 0.03, 0.1, 0.3, 1, 3, 10].flatMap((tick) => [
    `<line x1="${place(tick)}" x2="${place(tick)}" y1="60" y2="${height - 10}" stroke="${tick === 1 ? "#111" : "#ddd"}"/>`,
    text(place(tick), 54, `${tick} ×`, `text-anchor="middle"`),
  ]);
  const legend = peers.flatMap((peer, p) => [
    `<circle cx="${left + 6 + p * 130}" cy="34" r="5" fill="${colours[p]}"/>`,
    text(left + 16 + p * 130, 38, peer.name),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${heading}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(10, 18, heading),
    ...legend,
    ...ticks,
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

function place(ratio) {
  const share = Math.log(Math.min(most, Math.max(least, ratio)) / least) / Math.log(most / least);
  return Number((left + share * (width - 20 - left)).toFixed(1));
}

function text(x, y, content, attributes = "") {
  return `<text x="${x}" y="${y}" ${attributes}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
