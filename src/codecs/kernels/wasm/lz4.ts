import { decodeLz4 as decodeWithoutKernels, encodeLz4 as encodeWithoutKernels } from "../lz4.js";
import { withKernels } from "./instance.js";

/** Below this the copies into WebAssembly's memory and back take longer than what they save. */
const minLength = 256;

/**
 * Decodes one LZ4 block to exactly `size` bytes.
 * @throws DecompressionError - malformed, or of another length
 */
export function decodeLz4(input: Uint8Array, size: number): Uint8Array {
  const decoded = size < minLength ? undefined : decodeInKernel(input, size);
  if (decoded !== undefined) return decoded;
  // The kernel does not say what is wrong; this does.
  const output = new Uint8Array(size);
  decodeWithoutKernels(input, output);
  return output;
}

function decodeInKernel(input: Uint8Array, size: number): Uint8Array | undefined {
  return withKernels([input.length, size], (kernels, memory, [block, content]) => {
    memory.set(input, block);
    return kernels.decodeLz4(block, input.length, content, size) ? memory.slice(content, content + size) : undefined;
  });
}

/** Encodes `input` as one LZ4 block, whose length is at most `maxSize`: enough for what does not get shorter. */
export function encodeLz4(input: Uint8Array, maxSize: number, acceleration: number): Uint8Array {
  const encoded = input.length < minLength ? undefined : encodeInKernel(input, maxSize, acceleration);
  if (encoded !== undefined) return encoded;
  const output = new Uint8Array(maxSize);
  return output.subarray(0, encodeWithoutKernels(input, output, { depth: 1, acceleration })!);
}

function encodeInKernel(input: Uint8Array, maxSize: number, acceleration: number): Uint8Array | undefined {
  return withKernels([input.length, maxSize], (kernels, memory, [content, block]) => {
    memory.set(input, content);
    const length = kernels.encodeLz4(content, input.length, block, maxSize, acceleration);
    return memory.slice(block, block + length);
  });
}
