"""Compares what bench/append.mjs has appended, as zarr-python and tensorstore read it.

usage: read-appended.py FILE STARTS ROWS

STARTS is a JSON file: for each writer the first row of each of its batches. ROWS is the length of a batch.
"""

import json
import sys

import numpy as np
import tensorstore
import zarr

COLUMNS = 32

file, starts, rows = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3])
places = [(w, i, start) for w, of_writer in enumerate(starts) for i, start in enumerate(of_writer)]

kvstore = {"driver": "zip", "base": {"driver": "file", "path": file}}
readers = {
    "zarr-python": zarr.open_array(zarr.storage.ZipStore(file, mode="r"), mode="r")[:],
    "tensorstore": tensorstore.open({"driver": "zarr3", "kvstore": kvstore}, read=True).result().read().result(),
}
for name, found in readers.items():
    assert found.shape == (len(places) * rows, COLUMNS), f"{name} reads the shape {found.shape}"
    for w, i, start in places:
        r = np.arange(rows, dtype=np.int64)[:, None]
        c = np.arange(COLUMNS, dtype=np.int64)[None, :]
        expected = (((w * 1000003 + i * 10007 + r * 101 + c) % 2**24) / 16).astype(np.float32)
        assert np.array_equal(found[start : start + rows], expected), f"{name}: batch {i} of writer {w}, row {start}"
