/** Work that is left for when this thread ends by itself, by owner; a killed thread does none of it. */
const tasks = new Map<object, () => void>();
let isListening = false;

/**
 * Runs `task`, which cannot wait for anything, when the thread ends, unless {@link notAtExit} is called first. Whatever the number of
 * owners, there is one listener.
 */
export function atExit(owner: object, task: () => void): void {
  if (!isListening) process.once("exit", runTasks);
  isListening = true;
  tasks.set(owner, task);
}

/** Withdraws the task of an owner. */
export function notAtExit(owner: object): void {
  tasks.delete(owner);
}

function runTasks(): void {
  for (const task of tasks.values()) task();
}
