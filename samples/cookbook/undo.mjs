// A mistake is undone: the values of an earlier version are written again, as a new version.
import { copy, createArray, openArray, ZipStore } from "zarrzip";

const store = await ZipStore.open("survey.zarr.zip", { mode: "w" });
const survey = await createArray(store, { path: "survey", shape: [4], dtype: "int32", data: [1, 2, 3, 4] });
await store.flush();
await survey.set(null, 0); // the mistake
await store.flush();

const [, before] = await store.versions(); // the newest comes first
const earlier = await ZipStore.open("survey.zarr.zip", { version: before.id });
await copy(await openArray(earlier, { path: "survey" }), store, { overwrite: true });
await earlier.close();
await store.flush();

console.log([...(await survey.get()).data], (await store.versions()).length);
await store.close();
