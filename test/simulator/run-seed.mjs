import process from "node:process";
import { Random } from "./random.mjs";
import { scenarios } from "./scenarios.mjs";
import { World } from "./world.mjs";

/** What a seed puts the processes in for. */
function dangersOf(random) {
  const some = (probability, value) => (random.chance(probability) ? value() : 0);
  return {
    script: random.pick(["quick", "patient"]),
    loyalty: random.pick([0, 0.5, 0.9]),
    interleaving: random.pick([0, 0.2, 0.5]),
    stepMs: random.pick([0.05, 0.5]),
    kill: some(0.4, () => 0.4),
    stop: some(0.3, () => 0.4),
    powerAt: some(0.25, () => Math.round(random.spread(50, 4000))),
    faultRate: some(0.2, () => random.spread(0.001, 0.02)),
    shortRate: some(0.2, () => 0.2),
  };
}

/**
 * Runs one history.
 * @returns `{ seed, scenario, violations, steps, hash }`
 */
export async function runSeed(seed, instances, { names = Object.keys(scenarios), trace } = {}) {
  await new Promise((resolve) => setImmediate(resolve)); // from here on, what waits for a tick goes on after all that waits for none
  const random = new Random(seed);
  const scenario = names[seed % names.length];
  const world = new World(seed, instances, dangersOf(random), trace);
  const strays = [];
  const onStray = (error) => strays.push(error);
  process.on("unhandledRejection", onStray);
  try {
    await scenarios[scenario](world);
    if (world.violations.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const error of strays) if (!world.isHurt) world.broken(error);
  } catch (error) {
    world.broken(error);
  } finally {
    for (const one of world.processes) one.die("ends");
    process.off("unhandledRejection", onStray);
  }
  const { violations, scheduler } = world;
  return { seed, scenario, violations, steps: scheduler.steps, hash: scheduler.hash >>> 0 };
}
