import { holdAllowed, loadZipStoreWriter, realPath } from "#file";
import { checkOptions } from "../../bytes/check-options.js";
import { sourceOf } from "../../bytes/given-source.js";
import { shownUrl } from "../../bytes/http-url.js";
import { locatedPlace, type RestoreOptions, restoreOptions } from "../restore-options.js";
import { ArchiveView } from "./archive-view.js";
import { Monitor } from "./monitor.js";
import { knownIn, RemoteArchive, wholeUrl } from "./remote-archive.js";
import { remoteSettings } from "./remote-options.js";
import type { StoreResources } from "./store-resources.js";
import { checkIsRead } from "./zip-input.js";
import { parseZipStoreState } from "./zip-store-state.js";

/** The resources that the state of a store describes, opened at first use; see `ZipStore.fromState`. */
export async function restoreResources(state: unknown, options: RestoreOptions): Promise<StoreResources> {
  checkOptions(options, restoreOptions);
  const { identity, sharedDirectory, readOnly, bytes, url, http, sharedUrl, ...parsed } = parseZipStoreState(state);
  const { roots } = options;
  const given = { ...parsed, identity, sharedDirectory };
  if (bytes !== undefined) {
    const view = new ArchiveView({ ...given, source: sourceOf(bytes) });
    return { settings: parsed, view, monitor: new Monitor(parsed.path), given: { bytes } };
  }
  const located = await locatedPlace(url ?? parsed.path, options);
  const target = located === undefined && url !== undefined ? { url: wholeUrl(url, sharedUrl) } : located;
  if (target !== undefined && "url" in target) {
    const settings = { ...parsed, path: shownUrl(target.url) };
    if (!readOnly) checkIsRead(settings);
    // Another server has its own ETags; the digest tells that the file is the same.
    const known = located === undefined ? knownIn(identity) : undefined;
    const remote = RemoteArchive.restored(target.url, http ?? remoteSettings({}, settings.path), options, known);
    const view = new ArchiveView({ ...given, ...settings, remote });
    const place = roots && { roots, file: Promise.resolve({ path: settings.path, release: () => undefined }) };
    return { settings, view, monitor: new Monitor(settings.path), given: { remote }, place };
  }
  const file = await holdAllowed(target === undefined ? parsed.path : await realPath(target.path), roots);
  const settings = { ...parsed, path: file.path };
  const view = new ArchiveView({ ...given, ...settings });
  const monitor = new Monitor(settings.path);
  const writer = readOnly ? undefined : (await loadZipStoreWriter()).restore(settings, view, monitor);
  return { settings, view, monitor, writer, place: roots && { roots, file: Promise.resolve(file) } };
}
