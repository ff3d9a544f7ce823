import type { ChunkData, DataType } from "../data-type/data-type.js";

/** Memory for the elements of one chunk after the other: what the system has given once it need not give, page by page, again. */
export class ChunkMemory {
  #data: ChunkData | undefined;

  /** Memory for so many elements, with whatever it held before; it is the caller's until the next call. */
  take(dataType: DataType, elements: number): ChunkData {
    const entries = elements * dataType.width;
    const kind = dataType.allocate(0).constructor;
    const isReusable =
      ArrayBuffer.isView(this.#data) && this.#data.length === entries && this.#data.constructor === kind;
    if (this.#data === undefined || !isReusable) this.#data = dataType.allocate(elements);
    return this.#data;
  }
}
