// Several small pictures side by side: lines on logarithmic scales.
const colours = ["#c2410c", "#1d4ed8", "#047857"];
const [width, height, gap] = [300, 220, 20];
const inner = { left: 46, right: 12, top: 44, bottom: 30 };

/** An SVG with a panel for each study: what is measured over `x`. */
export function panelsOf(studies) {
  const columns = 3;
  const rows = Math.ceil(studies.length / columns);
  const [allWidth, allHeight] = [columns * (width + gap) + gap, rows * (height + gap) + gap];
  const panels = studies.map((study, i) => {
    const [x, y] = [gap + (i % columns) * (width + gap), gap + Math.floor(i / columns) * (height + gap)];
    return `<g transform="translate(${x} ${y})">${panelOf(study)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${allWidth} ${allHeight}" font-family="sans-serif" font-size="11" role="img">`,
    "<title>How cost grows, in milliseconds; both scales are logarithmic</title>",
    `<rect width="${allWidth}" height="${allHeight}" fill="#fff"/>`,
    ...panels,
    "</svg>",
    "",
  ].join("\n");
}

function panelOf({ title, points }) {
  const names = Object.keys(points[0]).filter((name) => name !== "x" && !name.startsWith("KiB"));
  const values = points.flatMap((point) => names.map((name) => point[name]));
  const [low, high] = [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ];
  const [first, last] = [points[0].x, points.at(-1).x];
  const scale = (value, from, to, start, end) =>
    Number((start + (Math.log(value / from) / Math.log(to / from)) * (end - start)).toFixed(1));
  const across = (x) => scale(x, first, last, inner.left, width - inner.right);
  const up = (ms) => scale(ms, low, high, height - inner.bottom, inner.top);
  const shapes = [text(inner.left, 12, title, `font-weight="bold"`)];
  for (let ms = low; ms <= high; ms *= 10) {
    shapes.push(
      `<line x1="${inner.left}" x2="${width - inner.right}" y1="${up(ms)}" y2="${up(ms)}" stroke="#e5e5e5"/>`,
      text(inner.left - 4, up(ms) + 4, `${Number(ms.toPrecision(1))} ms`, `text-anchor="end"`),
    );
  }
  for (const { x } of points) shapes.push(text(across(x), height - 12, shortened(x), `text-anchor="middle"`));
  for (const [n, name] of names.entries()) {
    const line = points.map((point) => `${across(point.x)},${up(point[name])}`).join(" ");
    shapes.push(`<polyline points="${line}" fill="none" stroke="${colours[n]}" stroke-width="2"/>`);
    for (const point of points) {
      const label = `<title>${name}, ${point.x}: ${point[name]} ms</title>`;
      shapes.push(
        `<circle cx="${across(point.x)}" cy="${up(point[name])}" r="3" fill="${colours[n]}">${label}</circle>`,
      );
    }
    shapes.push(text(inner.left + n * 85, 28, name, `fill="${colours[n]}"`));
  }
  return shapes.join("\n");
}

function shortened(x) {
  return x >= 1e6 ? `${x / 1e6}M` : x >= 1e3 && x % 1e3 === 0 ? `${x / 1e3}k` : String(x);
}

function text(x, y, content, attributes = "") {
  return `<text x="${x}" y="${y}" ${attributes}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}
