/** The import `#file` where there is no file system, as in a browser. */
import { ZarrError } from "../errors.js";
import type * as local from "./local-files.js";

function refuse(name: string): never {
  const message = `${name} needs a file system, which is not here: give the bytes, a Blob or File, or a source of bytes`;
  throw new ZarrError("ERR_UNSUPPORTED", message, { file: name });
}

const refusePath = async (path: string): Promise<never> => refuse(path);

export const realPath: typeof local.realPath = refusePath;
export const pathTarget: typeof local.pathTarget = refusePath;
export const openArchiveFile: typeof local.openArchiveFile = refusePath;
export const verifyArchive: typeof local.verifyArchive = refusePath;
export const holdAllowed: typeof local.holdAllowed = refusePath;
export const recover: typeof local.recover = refusePath;
export const repack: typeof local.repack = refusePath;
export const pathOfUrl: typeof local.pathOfUrl = (url) => refuse(url);
export const urlOfPath: typeof local.urlOfPath = (path) => refuse(path);
export const exportArchive: typeof local.exportArchive = () => refuse("export(), a stream of Node,");
export const movePlace: typeof local.movePlace = (_, path) => refuse(path);
export const leavePlace: typeof local.leavePlace = async () => undefined;
export const loadZipStoreWriter: typeof local.loadZipStoreWriter = async () => refuse("writing");
export const DirectoryStore = {
  open: refusePath,
  fromState: async ({ path }: { readonly path: string }): Promise<never> => refuse(path),
} as unknown as typeof local.DirectoryStore;
