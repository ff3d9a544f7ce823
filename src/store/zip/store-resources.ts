import { leavePlace, loadZipStoreWriter, movePlace, realPath } from "#file";
import { sourceOf } from "../../bytes/given-source.js";
import { shownUrl } from "../../bytes/http-url.js";
import type { AllowedPlace } from "../roots.js";
import { ArchiveView } from "./archive-view.js";
import { Monitor } from "./monitor.js";
import { knownIn, RemoteArchive, wholeUrl } from "./remote-archive.js";
import { checkIsPinned, checkIsRead, type GivenInput, inputOf, type ZipInput } from "./zip-input.js";
import { settingsFromOptions, type ZipStoreOptions, type ZipStoreSettings } from "./zip-store-options.js";
import type { ZipStoreState } from "./zip-store-state.js";
import type { ZipStoreWriter } from "./zip-store-writer.js";

/** All that a store has open, and what it was opened with. */
export interface StoreResources {
  readonly settings: ZipStoreSettings;
  readonly view: ArchiveView;
  readonly monitor: Monitor;
  /** Absent in a read-only store. */
  readonly writer?: ZipStoreWriter | undefined;
  /** Absent where it is a local file. */
  readonly given?: GivenInput | undefined;
  /** Only of a store that was restored with `roots`. */
  readonly place?: AllowedPlace | undefined;
}

/** Opens what a store is opened on; see `ZipStore.open`. */
export async function openResources(input: ZipInput, options: ZipStoreOptions): Promise<StoreResources> {
  const { path, url, source, bytes } = inputOf(input);
  const name = url ? shownUrl(url) : (source?.name ?? (await realPath(path!)));
  const settings = settingsFromOptions(name, options, url !== undefined);
  if (path === undefined) checkIsRead(settings);
  if (url !== undefined) checkIsPinned(settings);
  const remote = url && new RemoteArchive(url, options);
  const target = { ...settings, source, remote };
  const monitor = new Monitor(settings.path);
  const view = new ArchiveView(target);
  try {
    if (options.version !== undefined) await view.goTo(options.version);
    const writer = settings.mode === "r" ? undefined : await (await loadZipStoreWriter()).open(settings, view, monitor);
    if (writer === undefined) await view.open();
    const given = path === undefined ? { bytes, remote } : undefined;
    return { settings, view, monitor, writer, given };
  } catch (error) {
    await view.close();
    await remote?.close();
    throw error;
  }
}

/** The resources that another state describes, by the rules of those that were open before. Throws as `restoreResources()`. */
export function replaceResources(before: StoreResources, state: ZipStoreState): StoreResources {
  const { identity, sharedDirectory, readOnly, bytes, url, http, sharedUrl, ...settings } = state;
  const { monitor } = before;
  const target = { ...settings, identity, sharedDirectory };
  if (bytes !== undefined) {
    return { settings, view: new ArchiveView({ ...target, source: sourceOf(bytes) }), monitor, given: { bytes } };
  }
  if (url !== undefined && http !== undefined) {
    const rules = before.given?.remote?.rules ?? { roots: before.place?.roots };
    const remote = RemoteArchive.restored(wholeUrl(url, sharedUrl), http, rules, knownIn(identity));
    return { settings, view: new ArchiveView({ ...target, remote }), monitor, given: { remote }, place: before.place };
  }
  const view = new ArchiveView(target);
  const writer = readOnly ? undefined : before.writer?.restored(settings, view, monitor);
  return { settings, view, monitor, writer, place: before.place && movePlace(before.place, settings.path) };
}

/** Releases everything. */
export async function closeResources({ view, writer, given, place }: StoreResources): Promise<void> {
  try {
    await writer?.close();
  } finally {
    await view.close();
    await given?.remote?.close();
    await leavePlace(place);
  }
}
