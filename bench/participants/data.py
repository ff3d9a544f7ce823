"""Makes the files that are measured: data.py FOLDER. Beside them digests.json has the SHA-256 of all values of each, of its
first chunk, and of its windows, from what NumPy holds in memory."""

import json
import os
import sys

import numpy as np
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.storage import ZipStore

from windows import digest_of, windows_of

folder = sys.argv[1]
digests = {}


def smooth_field(side=4096):
    """A smooth field with a little noise, which compresses about as well as measurements do."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    noise = np.random.default_rng(7).standard_normal((side, side), dtype=np.float32)
    field = np.sin(x / 211) * np.cos(y / 173) * 100 + np.sin((x + y) / 37) * 3 + noise * 0.02
    return (np.round(field * 128) / 128).astype(np.float32)


def make(name, data, chunks, **options):
    path = os.path.join(folder, name + ".zip")
    store = ZipStore(path, mode="w")
    zarr.create_array(store, shape=data.shape, dtype=data.dtype, chunks=chunks, fill_value=0, **options)[:] = data
    store.close()
    digests[name] = {
        "all": digest_of([data]),
        "first": digest_of([data[tuple(slice(0, length) for length in chunks)]]),
        "windows": digest_of(data[window] for window in windows_of(data.shape)),
        "fileBytes": os.path.getsize(path),
    }


zarr.config.set({"array.write_empty_chunks": True})
field = smooth_field()
blosc = BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")
make("none", field, (512, 512), compressors=None)
make("zstd", field, (512, 512), compressors=[ZstdCodec(level=3)])
make("gzip", field, (512, 512), compressors=[GzipCodec(level=5)])
make("blosc", field, (512, 512), compressors=[blosc])
make("sharded", field, (64, 64), shards=(1024, 1024), compressors=[ZstdCodec(level=3)])
steps = np.arange(1000 * 1600, dtype=np.int64).reshape(1000, 1600)
make("tiny", (steps * 2654435761 >> 7).astype(np.uint8), (4, 4), compressors=None)
with open(os.path.join(folder, "digests.json"), "w") as out:
    json.dump(digests, out, indent=2)
