import { isBuiltIn } from "./built-in.js";

/** For less, in bytes, nothing is gained. */
const worthFreeing = 64 * 1024;

/** A port without another end: what is transferred to it is gone. `undefined` until somebody needs it. */
let nowhere: InstanceType<typeof MessagePort> | undefined;

/** Set once the port knows that it has no other end: before that, it would keep what it is given. */
let isNowhere = false;

/**
 * Frees memory of which the caller knows that nobody uses it any more; views of it have length 0 then. Garbage collection would free
 * it late, and is what large buffers that come and go cost most: the next one is mapped anew, page by page, and marking begins each
 * time some 64 MiB were allocated.
 */
export function freeMemory({ buffer }: ArrayBufferView): void {
  if (!isBuiltIn(buffer, "ArrayBuffer") || buffer.byteLength < worthFreeing) return;
  const { transfer } = buffer as { transfer?: (size: number) => ArrayBuffer };
  if (transfer !== undefined) {
    transfer.call(buffer, 0);
    return;
  }
  // Node before 22.
  nowhere ??= portWithoutEnd();
  if (isNowhere) nowhere.postMessage(undefined, [buffer]);
}

function portWithoutEnd(): InstanceType<typeof MessagePort> {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("close", () => {
    isNowhere = true;
  });
  port2.close();
  return port1;
}
