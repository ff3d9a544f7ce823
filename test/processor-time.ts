import process from "node:process";

/**
 * Processor time, in milliseconds, that this process spends until `work` has ended. It says how much was done: unlike the time that
 * passes, it does not grow when the machine is busy. Compare it with that of a control, since no two machines are equally fast.
 */
export async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
