// Arrays behind URLs, read by a pool.
import { describe, expect, test } from "vitest";
import { createArray, exportZip, MemoryStore, openArray } from "../../dist/index.js";
import { WorkerPool } from "../../dist/pool/index.js";
import { faultServer } from "../http/fault-server.js";

const server = faultServer();
/** An archive of 256 chunks. */
async function makeFile(): Promise<Uint8Array> {
  const store = new MemoryStore();
  const shape = { shape: [1024, 1024], chunks: [64, 64], dtype: "float32", compressors: null } as const;
  await createArray(store, { ...shape, data: values });
  return new Uint8Array(await new Response(exportZip(store)).arrayBuffer());
}

const values = Float32Array.from({ length: 1024 * 1024 }, (_, i) => i);

test("a pool of threads reads a remote array by a few requests of each worker", async () => {
  const array = await openArray(server.serve("/a.zip", await makeFile()));
  const pool = new WorkerPool({ workers: 2 });
  try {
    server.log.length = 0;
    expect(((await pool.read(array)) as { data: Float32Array }).data).toEqual(values);
    // 256 chunks: each participant claims an eighth or so at once, and opens the archive by its two ends.
    expect(server.log.length).toBeLessThanOrEqual(16);
  } finally {
    await pool.close();
    await array.close();
  }
});

describe.each(["thread", "process"] as const)("a pool of kind %s", (kind) => {
  const url = async () => {
    const url = server.serve("/a.zip", await makeFile());
    server.fault = ({ request, response }) => {
      if (request.headers.authorization === "Bearer secret") return undefined;
      response.writeHead(401).end();
      return true;
    };
    return url;
  };

  test("has the requests of its workers prepared by the store's own function", async () => {
    const signals: string[] = [];
    const array = await openArray<"float32">(await url(), {
      request: (request) => {
        signals.push(request.url);
        request.headers.set("authorization", "Bearer secret");
        return request;
      },
    });
    const pool = new WorkerPool({ workers: 2, kind });
    try {
      const opened = signals.length;
      for (let i = 0; i < 2; i++) expect((await pool.read(array)).data).toEqual(values);
      expect(signals.length).toBeGreaterThan(opened);
      expect(server.log.every(({ headers }) => headers.authorization === "Bearer secret")).toBe(true);
    } finally {
      await pool.close();
      await array.close();
    }
  });

  test("says so where that function fails", async () => {
    let isExpired = false;
    const array = await openArray(await url(), {
      request: (request) => {
        if (isExpired) throw new Error("the token has expired");
        request.headers.set("authorization", "Bearer secret");
        return request;
      },
    });
    const pool = new WorkerPool({ workers: 2, kind });
    try {
      isExpired = true;
      const error = await pool.read(array).catch((error) => error);
      expect(error).toMatchObject({ code: "ERR_ACCESS", cause: { message: "the token has expired" } });
    } finally {
      await pool.close();
      await array.close();
    }
  });

  test("refuses a value other than a request as without a pool", async () => {
    let nonsense: unknown;
    let isReady = true;
    const array = await openArray(await url(), {
      request: (request) => {
        if (!isReady) return nonsense as Request;
        request.headers.set("authorization", "Bearer secret");
        return request;
      },
    });
    const pool = new WorkerPool({ workers: 2, kind });
    try {
      isReady = false;
      for (nonsense of [undefined, null, 7, "https://host/", {}, [], () => undefined, Symbol("none")]) {
        const found = await pool.read(array).catch((error) => error);
        expect(found).toMatchObject({ code: "ERR_ARGUMENT" });
        expect(found.message).toContain("expected the Request to send");
      }
    } finally {
      await pool.close();
      await array.close();
    }
  });

  test("keeps apart what is opened with a function and without one", async () => {
    const address = server.serve("/a.zip", await makeFile());
    const plain = await openArray<"float32">(address);
    const pool = new WorkerPool({ workers: 2, kind });
    const asked: (string | undefined)[] = [];
    try {
      await pool.read(plain);
      server.fault = ({ request, response }) => {
        asked.push(request.headers.authorization);
        if (request.headers.authorization?.startsWith("Bearer ")) return undefined;
        response.writeHead(401).end();
        return true;
      };
      for (const user of ["a", "b"]) {
        const array = await openArray<"float32">(address, {
          request: (request) => {
            request.headers.set("authorization", `Bearer ${user}`);
            return request;
          },
        });
        asked.length = 0;
        expect((await pool.read(array)).data).toEqual(values);
        expect(new Set(asked)).toEqual(new Set([`Bearer ${user}`]));
        await array.close();
      }
    } finally {
      await pool.close();
      await plain.close();
    }
  });
});
