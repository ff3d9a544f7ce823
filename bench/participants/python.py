"""usage: python.py LIBRARY CELL FILE SCRATCH, where LIBRARY is zarr or tensorstore.

Prints a line of JSON as participants/measure.mjs does. The cell "digest" only tells which values FILE has.
"""

import json
import os
import sys
import time

import numpy as np

from windows import digest_of, windows_of

library, cell, file = sys.argv[1:4]
scratch = sys.argv[4] if len(sys.argv) > 4 else None

if library == "zarr":
    import zarr
    from zarr.core.buffer import default_buffer_prototype
    from zarr.storage import ZipStore

    def opened():
        return zarr.open_array(ZipStore(file, mode="r"), mode="r")

    def chunks_of(array):
        return array.chunks

    def read(array, selection):
        return array[selection]

    def read_into(array, out):
        array.get_basic_selection(Ellipsis, out=default_buffer_prototype().nd_buffer.from_ndarray_like(out))

    def writer():
        source = opened()
        data = source[:]
        options = {
            "shape": source.shape,
            "chunks": source.chunks,
            "shards": source.shards,
            "dtype": source.dtype,
            "compressors": source.compressors or None,
            "fill_value": source.fill_value,
        }

        def write():
            store = ZipStore(scratch, mode="w")
            zarr.create_array(store, **options)[:] = data
            store.close()

        return write

else:
    import tensorstore as ts

    def spec(path):
        return {"driver": "zarr3", "kvstore": {"driver": "zip", "base": {"driver": "file", "path": path}}}

    def opened():
        return ts.open(spec(file), read=True, context=ts.Context()).result()

    def chunks_of(array):
        return array.chunk_layout.read_chunk.shape

    def read(array, selection):
        return array[selection].read().result()

    def read_into(array, out):
        ts.array(out).write(array).result()

    def read_many(array, selections):
        with ts.Batch() as batch:
            futures = [array[selection].read(batch=batch) for selection in selections]
        return [future.result() for future in futures]

    def writer():
        source = opened()
        data = source.read().result()
        target = spec(scratch)
        target["kvstore"]["compression"] = "store"
        target["metadata"] = source.spec().to_json()["metadata"] | {"shape": list(source.shape)}

        def write():
            array = ts.open(target, create=True, context=ts.Context()).result()
            with ts.Transaction() as transaction:
                array.with_transaction(transaction).write(data).result()

        return write


def status_kib(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))


def measure_memory():
    with open("/proc/self/clear_refs", "w") as references:
        references.write("5")
    before = status_kib("VmRSS")
    values = read(opened(), Ellipsis)
    return {"samples": [(status_kib("VmHWM") - before) / 1024], "sha256": digest_of([values])}


def measure_time(work, before_each=lambda: None):
    def timed():
        before_each()
        start = time.perf_counter()
        values = work()
        return (time.perf_counter() - start) * 1e3, values

    warm_up, values = timed()
    sha256 = digest_of(values or [])
    del values
    samples = [warm_up] if warm_up > 5000 else []
    while not samples or (len(samples) < 5 and sum(samples) < 2000):
        samples.append(timed()[0])
    return {"samples": samples, "sha256": sha256}


def measure():
    if cell == "digest":
        return {"sha256": digest_of([read(opened(), Ellipsis)])}
    if cell == "memory":
        return measure_memory()
    if cell == "open":

        def first_chunk():
            array = opened()
            return [read(array, tuple(slice(0, length) for length in chunks_of(array)))]

        return measure_time(first_chunk)
    if cell == "read":
        return measure_time(lambda: [read(opened(), Ellipsis)])
    if cell == "read-into":
        array = opened()
        dtype = array.dtype if library == "zarr" else array.dtype.numpy_dtype
        out = np.empty(array.shape, dtype)

        def into():
            read_into(opened(), out)
            return [out]

        return measure_time(into)
    if cell == "write":

        def remove():
            for name in (scratch, scratch + ".__lock"):
                if os.path.exists(name):
                    os.remove(name)

        return measure_time(writer(), before_each=remove)
    windows = windows_of(opened().shape)
    if cell == "windows-many":
        return measure_time(lambda: read_many(opened(), windows))

    def one_by_one():
        array = opened()
        return [read(array, window) for window in windows]

    return measure_time(one_by_one)


print(json.dumps(measure()))
