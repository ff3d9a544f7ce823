/** Random numbers that a seed fixes: Small Fast Counter (sfc32), started by the seed's words. */
export class Random {
  #a;
  #b;
  #c;
  #counter = 1;

  constructor(seed) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** From 0 up to, and without, 1. */
  next() {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from 0 up to, and without, `end`. */
  below(end) {
    return Math.floor(this.next() * end);
  }

  /** An integer between two, which may come up themselves. */
  between(least, most) {
    return least + this.below(most - least + 1);
  }

  chance(probability) {
    return this.next() < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** A number between two positive ones, small ones as often as large ones. */
  spread(least, most) {
    return least * (most / least) ** this.next();
  }
}
