"""Several processes append to one LanceDB table at once, as bench/append.mjs has them append to an array.

usage: lancedb-append.py FOLDER PROCESSES APPENDS ROWS

Batch i of writer w is v[r, c] = float32(((w * 1000003 + i * 10007 + r * 101 + c) mod 2^24) / 16), with its w, i and r. The batches are made
before the clock starts, each process connects once, and an add that fails is tried again. Afterwards each batch is compared bit by bit.
Prints JSON: wall time and latencies in ms.
"""

import json
import multiprocessing
import shutil
import sys
import time

import lancedb
import numpy as np
import pyarrow as pa

COLUMNS = 32


def values(w, i, rows):
    r = np.arange(rows, dtype=np.int64)[:, None]
    c = np.arange(COLUMNS, dtype=np.int64)[None, :]
    return (((w * 1000003 + i * 10007 + r * 101 + c) % 2**24) / 16).astype(np.float32)


def batch(w, i, rows):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(values(w, i, rows).ravel()), COLUMNS)
    return pa.table(
        {
            "w": pa.array(np.full(rows, w, np.int32)),
            "i": pa.array(np.full(rows, i, np.int32)),
            "r": pa.array(np.arange(rows, dtype=np.int32)),
            "vector": vectors,
        }
    )


def write(folder, w, appends, rows, barrier, results):
    table = lancedb.connect(folder).open_table("rows")
    batches = [batch(w, i, rows) for i in range(appends)]
    barrier.wait(120)
    start = time.time()
    latencies = []
    retries = 0
    for added in batches:
        before = time.perf_counter()
        while True:
            try:
                table.add(added)
                break
            except Exception as error:
                retries += 1
                if retries > 1000:
                    results.put(error)
                    raise
                time.sleep(0.01)
        latencies.append((time.perf_counter() - before) * 1000)
    results.put((start, time.time(), latencies, retries))


def main(folder, processes, appends, rows):
    shutil.rmtree(folder, ignore_errors=True)
    lancedb.connect(folder).create_table("rows", batch(0, 0, 1).slice(0, 0))
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    writers = [
        context.Process(target=write, args=(folder, w, appends, rows, barrier, queue)) for w in range(processes)
    ]
    for writer in writers:
        writer.start()
    results = [queue.get(timeout=400) for _ in writers]
    for writer in writers:
        writer.join(20)
    for result in results:
        if isinstance(result, Exception):
            raise result

    table = lancedb.connect(folder).open_table("rows").to_arrow()
    w, i, r = (table[name].to_numpy().astype(np.int64) for name in ("w", "i", "r"))
    vectors = table["vector"].combine_chunks().flatten().to_numpy().reshape(-1, COLUMNS)
    place = (w * appends + i) * rows + r
    order = np.argsort(place)
    assert np.array_equal(place[order], np.arange(processes * appends * rows)), "rows are missing, or there twice"
    for n, found in enumerate(vectors[order].reshape(-1, rows, COLUMNS)):
        assert np.array_equal(found, values(*divmod(n, appends), rows)), f"batch {n} has other values"

    wall = (max(end for _, end, _, _ in results) - min(start for start, _, _, _ in results)) * 1000
    latencies = [latency for _, _, of_writer, _ in results for latency in of_writer]
    retries = sum(count for _, _, _, count in results)
    print(json.dumps({"version": lancedb.__version__, "wall": wall, "latencies": latencies, "retries": retries}))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
