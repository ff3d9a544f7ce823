// A task for the pools of others: restores a state, and gives what is there, or the error as each pool makes it arrive.
import { restore } from "../../dist/index.js";

export default async function read(state) {
  const array = await restore(state);
  try {
    return { readOnly: array.readOnly, values: Array.from((await array.get()).data, String) };
  } finally {
    await array.close();
  }
}

/** The same, with an error as its state. */
export async function readOrSay(state) {
  return await read(state).catch((error) => error.toState());
}
