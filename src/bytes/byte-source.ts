/** Random access to immutable or growing bytes: a file, a buffer, later a URL. Reads are positional; there is no cursor. */
export interface ByteSource {
  /** File name, for messages. */
  readonly name: string;
  /** Length in bytes when the source was opened or last refreshed. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes at `offset`.
   * @throws ZarrError `ERR_STORE_READ` - the source ends before, or the system failed
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** As {@link read}, without a detour through the event loop, where the source can. */
  readSync?(offset: number, length: number): Uint8Array;
  close(): Promise<void>;
}
