/** Colours of levels 0 to 255, four bytes each, between which the given ones lie at equal distances. */
function between(...stops) {
  const table = new Uint8ClampedArray(4 * 256);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (stops.length - 1);
    const first = Math.min(stops.length - 2, Math.floor(place));
    const share = place - first;
    for (let i = 0; i < 3; i++) table[4 * level + i] = stops[first][i] * (1 - share) + stops[first + 1][i] * share;
    table[4 * level + 3] = 255;
  }
  return table;
}

/** Tables of colours by name. */
export const colours = {
  grey: between([0, 0, 0], [255, 255, 255]),
  "dark to bright": between([24, 15, 62], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]),
  "blue to red": between([33, 82, 163], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]),
};
