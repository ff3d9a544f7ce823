// A task that ends its worker, in a page or by Node.
export default function end() {
  if (globalThis.process?.exit) globalThis.process.exit(1);
  globalThis.close();
  return new Promise(() => undefined);
}
