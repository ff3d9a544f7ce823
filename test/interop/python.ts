// Starts bridge.py and asks it, one request after the other.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { InteropCase } from "./cases.js";
import { attributeSets, type Canonical, type RandomCase } from "./random-matrix.js";
import type { TestDataType } from "./values.js";

/** What a reader found: `sha256` as {@link digest} computes it. */
export interface ArrayAnswer {
  readonly shape: number[];
  readonly dtype: string;
  readonly sha256: string;
  readonly attributes: Record<string, unknown>;
}

export interface ReadRequest {
  /** With `fsspec` the file is one of references. */
  readonly reader: "zarr" | "tensorstore" | "fsspec";
  readonly file: string;
  readonly path: string;
  readonly zarrFormat: 2 | 3;
}

export interface WriteRequest {
  readonly file: string;
  /** Deflates the entries of the ZIP, besides what the codecs do. */
  readonly deflate?: boolean;
  readonly arrays: readonly (InteropCase & { path: string; seed: number; attributes: object })[];
}

/** Values are those of their number, type and seed. */
export type ChangeStep =
  | { readonly append: readonly number[]; readonly axis: number; readonly seed: number }
  | { readonly resize: readonly number[] };

export interface ChangeRequest {
  readonly array: WriteRequest["arrays"][number];
  readonly steps: readonly ChangeStep[];
}

/** An array of the random matrix: its values, and its attributes as JSON. */
export interface MatrixAnswer {
  readonly shape: number[];
  readonly data: Canonical;
  readonly fill: Canonical;
  readonly attributes: string;
  readonly dimensionNames: (string | null)[] | null;
}

export interface MatrixRequest {
  readonly file: string;
  readonly arrays: readonly RandomCase[];
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One Python process. `await using` is beyond Node 20, so: `close()`. */
export class Python {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #errorOutput = "";
  #ended: Error | undefined;

  /** @param executable - of an environment with the packages of one of the requirements files beside this file */
  constructor(executable: string) {
    const bridge = fileURLToPath(new URL("bridge.py", import.meta.url));
    this.#child = spawn(executable, ["-W", "ignore", bridge], { stdio: "pipe" });
    this.#child.on("error", (error) => this.#failAll(error.message));
    this.#child.on("close", (code) => this.#failAll(`exit code ${code}`));
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#errorOutput += text;
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#settle(line));
  }

  read(request: ReadRequest): Promise<ArrayAnswer> {
    return this.#ask("read", { ...request }) as Promise<ArrayAnswer>;
  }

  /** The variables of a dataset that xarray opens by references. */
  readDataset(file: string): Promise<Record<string, ArrayAnswer & { dimensions: string[] }>> {
    return this.#ask("readDataset", { file }) as Promise<Record<string, ArrayAnswer & { dimensions: string[] }>>;
  }

  write(request: WriteRequest): Promise<ArrayAnswer[]> {
    return this.#ask("write", { ...request }) as Promise<ArrayAnswer[]>;
  }

  /** Replaces the values of an array in a file, which has an entry of each name twice then. */
  async writeAgain(request: Omit<ReadRequest, "reader"> & { readonly seed: number }): Promise<void> {
    await this.#ask("writeAgain", { ...request });
  }

  /** What an array of zarr-python has after it was created, appended to and resized. */
  change(request: ChangeRequest): Promise<ArrayAnswer> {
    return this.#ask("change", { ...request }) as Promise<ArrayAnswer>;
  }

  /** Writes the random matrix into one ZIP; resolves to what zarr-python then reads, or why it failed. */
  writeMatrix(request: MatrixRequest & { readonly deflate: boolean }): Promise<(MatrixAnswer | { error: string })[]> {
    return this.#ask("writeMatrix", withAttributes(request)) as Promise<(MatrixAnswer | { error: string })[]>;
  }

  /** Reads arrays of the random matrix; tensorstore answers with shape and data only. */
  readMatrix(
    request: MatrixRequest & { readonly reader: "zarr" | "tensorstore" },
  ): Promise<(MatrixAnswer | { error: string })[]> {
    return this.#ask("readMatrix", withAttributes(request)) as Promise<(MatrixAnswer | { error: string })[]>;
  }

  /** Opens a URL pipeline with tensorstore; resolves to the values, and to the URL by which tensorstore calls the array. */
  openUrl(url: string): Promise<{ data: number[]; url: string }> {
    return this.#ask("openUrl", { url }) as Promise<{ data: number[]; url: string }>;
  }

  /** Checks the CRC of every entry with zipfile; resolves to the names. */
  testZip(file: string): Promise<string[]> {
    return this.#ask("testZip", { file }) as Promise<string[]>;
  }

  /** Digest of the values that Python computes for itself. */
  expected(dtype: TestDataType, shape: readonly number[], seed: number): Promise<string> {
    return this.#ask("expected", { dtype, shape, seed }) as Promise<string>;
  }

  close(): void {
    this.#child.stdin!.end();
  }

  #ask(op: string, request: object): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify({ ...request, id, op })}\n`);
    });
  }

  #settle(line: string): void {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(`Python: ${error}`));
  }

  #failAll(reason: string): void {
    this.#ended = new Error(`Python ended: ${reason}\n${this.#errorOutput}`);
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}

/** JSON has no NaN: Python gets the attributes as text of its own kind. */
function withAttributes<Request extends MatrixRequest>(request: Request): object {
  const arrays = request.arrays.map((one) => ({ ...one, attributesText: attributeSets[one.attributes]![0] }));
  return { ...request, arrays };
}

/** An interpreter, or the program of zarrs, that the environment names, and the suffix for a test's name where it does not. */
export function interpreter(
  variable: "ZARRZIP_PYTHON" | "ZARRZIP_PYTHON_300" | "ZARRZIP_PYTHON_342" | "ZARRZIP_ZARRS",
): {
  executable?: string;
  reason: string;
} {
  const executable = process.env[variable];
  return executable ? { executable, reason: "" } : { reason: ` (skipped: ${variable} is not set)` };
}
