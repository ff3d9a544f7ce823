"""Does with zarr-python what a command of zarrzip does, for bench/command-line.mjs.

usage: command-line.py convert FOLDER TARGET CHUNKS SHARDS   shards, several at once by zarr-python's own threads
       command-line.py stats FILE                            minimum, maximum and mean, as JSON
       command-line.py verify FILE                           CRC-32 of every entry, and every chunk decoded
       command-line.py digest STORE                          shape of chunks and shards, SHA-256 of all values
"""

import hashlib
import json
import sys
import zipfile

import numpy as np
import zarr


def opened(name):
    return zarr.open_array(zarr.storage.ZipStore(name, mode="r") if name.endswith(".zip") else name, mode="r")


def slabs(array, depth):
    for start in range(0, array.shape[0], depth):
        yield slice(start, start + depth)


def convert(folder, target, *lengths):
    source = opened(folder)
    chunks, shards = (tuple(int(length) for length in text.split(",")) for text in lengths)
    options = {"shape": source.shape, "dtype": source.dtype, "compressors": source.compressors}
    written = zarr.create_array(target, chunks=chunks, shards=shards, **options)
    for slab in slabs(source, shards[0]):
        written[slab] = source[slab]


def stats(name):
    array = opened(name)
    least, most, total = [], [], 0.0
    for slab in slabs(array, array.chunks[0]):
        values = array[slab]
        least.append(values.min())
        most.append(values.max())
        total += values.sum(dtype=np.float64)
    print(json.dumps({"min": int(min(least)), "max": int(max(most)), "mean": total / array.size}))


def verify(name):
    with zipfile.ZipFile(name) as archive:
        assert archive.testzip() is None
    array = opened(name)
    for slab in slabs(array, array.chunks[0]):
        array[slab]


def digest(name):
    array = opened(name)
    sha = hashlib.sha256()
    for slab in slabs(array, 64):
        sha.update(array[slab].tobytes())
    print(array.chunks, array.shards, sha.hexdigest())


{"convert": convert, "stats": stats, "verify": verify, "digest": digest}[sys.argv[1]](*sys.argv[2:])
