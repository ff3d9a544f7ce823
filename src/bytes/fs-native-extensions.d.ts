/** The part of the package that is used; it has no declarations of its own. */
declare module "fs-native-extensions" {
  /** Whether the exclusive lock of the range is held now; it belongs to the open file description. */
  export function tryLock(descriptor: number, offset: number, length: number): boolean;
  export function unlock(descriptor: number, offset: number, length: number): void;
}
