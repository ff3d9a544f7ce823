import process from "node:process";
import { exitCodes } from "./exit-code.js";
import { Interrupted } from "./interrupted.js";

/** Ctrl-C, and being told to end. */
const signals = ["SIGINT", "SIGTERM"] as const;

/** Ends the program when it is interrupted, except within {@link interruptible}. */
export function exitWhenInterrupted(): void {
  for (const name of signals) process.on(name, exitAtOnce);
}

/**
 * Runs `work`, which stops and leaves nothing half-written when its signal is aborted: when the program is interrupted. A second
 * interruption ends the program at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) exitAtOnce();
    controller.abort(new Interrupted());
  };
  for (const name of signals) process.off(name, exitAtOnce).on(name, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, interrupt).on(name, exitAtOnce);
  }
}

function exitAtOnce(): void {
  process.exit(exitCodes.interrupted);
}
