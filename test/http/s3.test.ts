// Arrays in an object store that speaks S3: moto, which ZARRZIP_MOTO names (its program moto_server).
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArray, exportZip, MemoryStore, openArray, restore, type ZarrArray, ZipStore } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";
import { freePort } from "./nginx.js";

const program = process.env.ZARRZIP_MOTO;
const reason = program === undefined ? " (skipped where ZARRZIP_MOTO names no moto_server)" : "";
const values = Int32Array.from({ length: 128 * 128 }, (_, i) => (i * 2654435761) | 0);
const accessKeyId = "AKIDEXAMPLE";
const secretAccessKey = "planted-secret-key";
const aws = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1" });
let server: ChildProcess | undefined;
let bucket = "";

beforeAll(async () => {
  if (program === undefined) return;
  const port = await freePort();
  server = spawn(program, ["--host", "127.0.0.1", "--port", String(port)], { stdio: "ignore" });
  bucket = `http://127.0.0.1:${port}/arrays`;
  while (server.exitCode === null && !(await isUp())) await pause(50);
  const store = new MemoryStore();
  await createArray(store, { shape: [128, 128], chunks: [32, 32], dtype: "int32", compressors: null, data: values });
  const bytes = await new Response(exportZip(store)).arrayBuffer();
  await put(bucket);
  await put(`${bucket}/a.zip`, bytes);
}, 60_000);

afterAll(() => {
  server?.kill();
});

async function isUp(): Promise<boolean> {
  return await fetch(bucket).then(
    () => true,
    () => false,
  );
}

async function put(url: string, body?: ArrayBuffer): Promise<void> {
  const response = await aws.fetch(url, { method: "PUT", ...(body && { body }) });
  if (!response.ok) throw new Error(`PUT ${url}: ${response.status} ${await response.text()}`);
}

async function presigned(url: string): Promise<string> {
  const signed = await aws.sign(`${url}?X-Amz-Expires=600`, { method: "GET", aws: { signQuery: true } });
  return signed.url;
}

describe.skipIf(program === undefined)(`an array in an S3 bucket${reason}`, () => {
  test("is refused without a signature", async () => {
    await expectRejection(openArray(`${bucket}/a.zip`), "ERR_ACCESS", "/arrays/a.zip");
  });

  test("is read with each request signed, and again from its state", async () => {
    const request = (asked: Request) => aws.sign(asked);
    const store = await ZipStore.open(`${bucket}/a.zip`, { request });
    const array = await openArray<"int32">(store);
    expect((await array.get()).data).toEqual(values);
    const state = JSON.stringify(array.getState());
    for (const secret of [accessKeyId, secretAccessKey, "Signature"]) expect(state).not.toContain(secret);
    const again = (await restore(JSON.parse(state), { request })) as ZarrArray<"int32">;
    expect((await again.get()).data).toEqual(values);
    await again.close();
    await store.close();
  });

  test("is read by a presigned URL, of which no error tells the signature", async () => {
    const array = await openArray<"int32">(await presigned(`${bucket}/a.zip`));
    expect((await array.get()).data).toEqual(values);
    await array.close();
    const missing = await presigned(`${bucket}/b.zip`);
    const error = await openArray(missing).catch((caught: unknown) => caught);
    const { cause } = error as Error;
    const text = `${(error as Error).stack} ${JSON.stringify(error)} ${String(cause)}`;
    expect(text).toContain("/arrays/b.zip");
    expect(text).not.toContain(new URL(missing).searchParams.get("X-Amz-Signature"));
  });
});
