import { expect, test } from "vitest";
import { BufferSource } from "../../src/bytes/buffer-source.js";
import type { ByteSource } from "../../src/bytes/byte-source.js";
import { ZarrError } from "../../src/errors.js";
import { isNoVersion } from "../../src/zip/version-at.js";
import { linkAt } from "../../src/zip/versions.js";

const code = (code: string) => expect.objectContaining({ code });

const failure = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });

const failing: ByteSource = {
  name: "a.zip",
  size: 4096,
  read: () => Promise.reject(new ZarrError("ERR_STORE_READ", "cannot read a.zip", { file: "a.zip" }, failure)),
  close: async () => undefined,
};

test("a read that the system fails is told, and does not mean that no version ends there", async () => {
  await expect(linkAt(failing, 4096)).rejects.toEqual(code("ERR_STORE_READ"));
  expect(isNoVersion(await failing.read(0, 1).catch((error) => error))).toBe(false);
});

test("bytes that a source does not have mean that no version ends there", async () => {
  const source = new BufferSource(new Uint8Array(100));
  expect(await linkAt(source, 4096)).toBeUndefined();
  expect(await linkAt(source, 100)).toBeUndefined();
  expect(isNoVersion(await source.read(90, 20).catch((error) => error))).toBe(true);
});
