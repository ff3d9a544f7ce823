/** Length of a row, in elements. */
export const columns = 32;

/** What writer `w` appends as its batch `i`: `rows` × `columns` numbers, by a formula that another program can follow, too. */
export function batchValues(w, i, rows) {
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      values[r * columns + c] = ((w * 1000003 + i * 10007 + r * 101 + c) % 2 ** 24) / 16;
    }
  }
  return values;
}
