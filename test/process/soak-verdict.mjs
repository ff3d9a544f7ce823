// Holds what a file has in the end against what its writers have said in their logs.
import { readFileSync } from "node:fs";
import { counters } from "./soak-content.mjs";

/**
 * One slot's log: actions in their order, and what else it says.
 * @returns `actions` of { number, steps, state, … }, `state` "done", "dropped" or "unknown"; `undone` counts commits of killed writers
 */
export function parseLog(path) {
  const actions = [];
  const errors = [];
  let undone = 0;
  for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    const said = JSON.parse(line);
    if (said.begin !== undefined) actions.push({ number: said.begin, steps: said.steps, state: "unknown" });
    else if (said.done !== undefined) Object.assign(actions.at(-1), said, { state: "done" });
    else if (said.dropped !== undefined) actions.at(-1).state = "dropped";
    else if (said.stage !== undefined) actions.at(-1).stage = said.is;
    else if (said.refused !== undefined) actions.at(-1).stage = undefined;
    else if (said.recovered !== undefined) undone++;
    else errors.push(said.error);
  }
  return { actions, errors, undone };
}

/**
 * @param logs - by slot: those whose writers have ended
 * @param version - what `readVersion` gave then
 * @returns `lost`: acknowledged actions of which something is missing; `survived`: names of last actions that took effect though
 *   nobody was told so, as far as that can be told; `problems`: all that is wrong, one sentence each
 */
export function judge(logs, version) {
  const verdict = { lost: 0, survived: [], problems: [] };
  const names = version.batches.map(({ slot, number }) => `${slot}/${number}`);
  const isTwice = new Set(names).size < names.length;
  if (isTwice) verdict.problems.push("rows of one append are there twice");
  for (const [slot, { actions }] of logs) {
    const { lost, survived, problems } = judgeSlot(slot, actions, version);
    verdict.lost += lost;
    if (survived !== undefined) verdict.survived.push(`${slot}/${survived}`);
    verdict.problems.push(...problems);
  }
  return verdict;
}

function judgeSlot(slot, actions, { last, counts, batches }) {
  const problems = [];
  const lost = new Set();
  const lose = (number, what) => {
    lost.add(number);
    problems.push(`action ${number} of slot ${slot} was acknowledged, but ${what}`);
  };
  /** Per action that nobody was told of: whether each of its parts is there. */
  const seen = new Map(actions.filter(({ state }) => state === "unknown").map(({ number }) => [number, new Set()]));

  for (const [thing, number] of Object.entries(last[slot])) {
    const writing = actions.filter(({ steps }) => writes(steps, thing));
    const lastDone = writing.findLastIndex(({ state }) => state === "done");
    const isDeletion = ({ steps }) => thing.startsWith("own") && steps.deleted.includes(Number(thing.slice(3)));
    const shows = (action) => (isDeletion(action) ? number === 0 : number === action.number);
    const possible = writing.slice(Math.max(lastDone, 0)).filter(({ state }) => state !== "dropped");
    const isUntouched = lastDone < 0 && number === 0;
    if (!isUntouched && !possible.some(shows)) {
      const expected = possible.map((action) => action.number).join(" or ");
      if (lastDone >= 0) lose(writing[lastDone].number, `${thing} is of ${number}, not of ${expected}`);
      else problems.push(`${thing} of slot ${slot} is of ${number}, expected none or ${expected}`);
    }
    // Only of the last one, which nothing has replaced, and where it is told from what was there before.
    const newest = writing.at(-1);
    if (newest?.state === "unknown" && !isDeletion(newest)) seen.get(newest.number).add(shows(newest));
  }

  const own = new Map(batches.filter((batch) => batch.slot === slot).map((batch) => [batch.number, batch]));
  for (const { number, steps, state, range } of actions.filter((action) => action.steps.rows !== undefined)) {
    const batch = own.get(number);
    own.delete(number);
    if (batch !== undefined && batch.end - batch.start !== steps.rows)
      problems.push(`nobody appended the rows at ${batch.start}`);
    if (state === "dropped" && batch !== undefined) problems.push(`rows that slot ${slot} discarded are there`);
    if (state === "unknown") seen.get(number).add(batch !== undefined);
    if (state !== "done") continue;
    if (batch === undefined) lose(number, `its ${steps.rows} rows are missing`);
    else if (batch.start !== range.start || batch.end !== range.end) lose(number, `its rows are at ${batch.start}`);
  }
  for (const { start } of own.values()) problems.push(`nobody appended the rows at ${start}`);

  for (const [number, parts] of seen) {
    const { isWhole } = actions.find((action) => action.number === number).steps;
    if (parts.size > 1 && isWhole) problems.push(`of action ${number} of slot ${slot} only a part is there`);
  }
  for (const name of counters) {
    const counting = actions.filter(({ steps }) => steps[name]);
    const least = counting.filter(({ state }) => state === "done").length;
    const most = counting.filter(({ state }) => state !== "dropped").length;
    const count = counts[name][slot];
    if (count < least) lose(`${name}`, `the counter has ${count} of at least ${least}`);
    if (count > most) problems.push(`slot ${slot} tried to count ${most} times, but ${name} has ${count}`);
  }
  const newest = actions.at(-1);
  const survived = newest?.state === "unknown" && seen.get(newest.number).has(true) ? newest.number : undefined;
  return { lost: lost.size, survived, problems };
}

function writes(steps, thing) {
  if (!thing.startsWith("own")) return steps[thing] === true;
  const key = Number(thing.slice(3));
  return steps.own.includes(key) || steps.deleted.includes(key);
}
