"""Lets the interop tests ask zarr-python, tensorstore and zipfile: one JSON request per line in, one JSON answer out.

    {"id": 1, "op": "read", "reader": "zarr", "file": "a.zip", "path": "a", "zarrFormat": 3}
    {"id": 1, "result": {"shape": [2], "dtype": "int32", "sha256": "…", "attributes": {}}}

A failure answers {"id": 1, "error": "…"}. `bridge.py --selftest` writes and reads one array and exits.
"""

import hashlib
import json
import math
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import zarr
from zarr.storage import MemoryStore, ZipStore


def hash_sequence(count, seed):
    """`count` numbers below 2^32; values.ts has the same formula, so that neither side sends data."""
    return (np.arange(count, dtype="uint64") * np.uint64(0x9E3779B1) + np.uint64(seed)) & np.uint64(0xFFFFFFFF)


def float_values(count, seed):
    values = ((hash_sequence(count, seed) >> np.uint64(21)).astype("float64") - 1024) / 8
    position = np.arange(count) % 13
    values[position == 5] = math.nan
    values[position == 7] = -math.inf
    values[position == 9] = -0.0
    return values


def text_values(count, seed):
    starts = ["", "a", "é☃", "𝄞 z"]
    return [starts[n >> 30] + str(n % 1000) for n in hash_sequence(count, seed).tolist()]


def values(dtype, shape, seed):
    """Values of a numpy type name, or of "string"; C order."""
    count = math.prod(shape)
    numbers = hash_sequence(count, seed)
    if dtype == "string":
        flat = np.array(text_values(count, seed), dtype=object)
    else:
        numpy_type = np.dtype(dtype)
        bits = numpy_type.itemsize * 8
        if numpy_type.kind == "b":
            flat = (numbers >> np.uint64(31)).astype(bool)
        elif numpy_type.kind in "iu" and bits <= 32:
            flat = (numbers >> np.uint64(32 - bits)).astype(f"u{bits // 8}").view(f"{numpy_type.kind}{bits // 8}")
        elif numpy_type.kind in "iu":
            flat = (numbers << np.uint64(32) | numbers ^ np.uint64(0x5BD1E995)).view(f"{numpy_type.kind}8")
        elif numpy_type.kind == "f":
            flat = float_values(count, seed)
        elif numpy_type.kind == "c":
            flat = float_values(count * 2, seed).view("complex128")
        elif numpy_type.kind in "mM":
            flat = numbers.astype("int64") - 2**31
            flat[np.arange(count) % 13 == 5] = np.iinfo("int64").min
            flat = flat.view(numpy_type.newbyteorder("="))
        elif numpy_type.kind == "U":
            flat = np.array(text_values(count, seed), dtype=numpy_type)
        elif numpy_type.kind == "S":
            flat = np.array([text.encode() for text in text_values(count, seed)], dtype=numpy_type)
        else:
            raise ValueError(f"no values for {dtype}")
        flat = flat.astype(numpy_type)
    return flat.reshape(shape)


def digest(array):
    """SHA-256 of the C-order little-endian bytes; of JSON for texts; float16 counts as float32, dates as int64."""
    array = np.asarray(array)
    if array.dtype.kind in "OUT":
        texts = [value.hex() if isinstance(value, bytes) else str(value) for value in array.ravel().tolist()]
        encoded = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        if array.dtype.kind in "mM":
            array = array.astype(array.dtype.newbyteorder("=")).view("int64")
        if array.dtype.kind == "f" and array.dtype.itemsize == 2:
            array = array.astype("float32")
        encoded = array.astype(array.dtype.newbyteorder("<")).tobytes(order="C")
    return hashlib.sha256(encoded).hexdigest()


def answer(array, attributes):
    array = np.asarray(array)
    return {"shape": list(array.shape), "dtype": str(array.dtype), "sha256": digest(array), "attributes": attributes}


def read(request):
    if request["reader"] == "tensorstore":
        return read_with_tensorstore(request)
    if request["reader"] == "fsspec":
        return read_references(request)
    store = ZipStore(request["file"], mode="r")
    try:
        array = zarr.open_array(store, path=request["path"], zarr_format=request["zarrFormat"], mode="r")
        return answer(array[...], array.attrs.asdict())
    finally:
        store.close()


def read_with_tensorstore(request):
    import tensorstore

    path = request["path"]
    zipped = {"driver": "zip", "base": {"driver": "file", "path": request["file"]}, "path": path + "/" if path else ""}
    driver = "zarr3" if request["zarrFormat"] == 3 else "zarr"
    array = tensorstore.open({"driver": driver, "kvstore": zipped}, read=True, open=True).result()
    attributes = array.spec().to_json().get("metadata", {}).get("attributes", {})
    return answer(array.read().result(), attributes)


def read_references(request):
    """Reads an array by references in kerchunk's form, through fsspec."""
    import fsspec
    from zarr.storage import FsspecStore

    refs = json.loads(Path(request["file"]).read_text())
    system = fsspec.filesystem("reference", fo=refs, remote_protocol="file", asynchronous=True)
    store = FsspecStore(system, read_only=True, path="")
    array = zarr.open_array(store, path=request["path"], zarr_format=request["zarrFormat"], mode="r")
    return answer(array[...], array.attrs.asdict())


def read_dataset(request):
    """Opens references in kerchunk's form with xarray, as docs/command-line.md says; answers with each variable as it is stored."""
    import xarray

    options = {"consolidated": False, "storage_options": {"fo": request["file"], "remote_protocol": "file"}}
    with xarray.open_dataset("reference://", engine="zarr", decode_cf=False, backend_kwargs=options) as dataset:
        return {
            name: answer(variable.values, {}) | {"dimensions": list(variable.dims)}
            for name, variable in dataset.variables.items()
        }


def open_url(request):
    """Opens an array by a URL pipeline, with tensorstore alone."""
    import tensorstore

    array = tensorstore.open(request["url"], read=True, open=True).result()
    return {"data": array.read().result().tolist(), "url": array.url}


def write(request):
    """Writes arrays, each described as in cases.ts, into one new ZIP."""
    compression = zipfile.ZIP_DEFLATED if request.get("deflate") else zipfile.ZIP_STORED
    store = ZipStore(request["file"], mode="w", compression=compression)
    try:
        return [write_array(store, spec) for spec in request["arrays"]]
    finally:
        store.close()


def write_array(store, spec):
    options = spec["options"]
    settings = {name: options[name] for name in ("filters", "serializer", "order") if name in options}
    if "compressors" in options:
        settings["compressors"] = options["compressors"] or None
    if "chunkKeyEncoding" in options:
        settings["chunk_key_encoding"] = options["chunkKeyEncoding"]
    if "shards" in spec:
        settings["shards"] = tuple(spec["shards"])
    dtype = str if spec["dtype"] == "string" else np.dtype(spec["dtype"])
    if spec["zarrFormat"] == 2:
        if dtype is not str and spec["endian"] == "big":
            dtype = dtype.newbyteorder(">")
        settings = {name: version_2_setting(value) for name, value in settings.items()}
    array = zarr.create_array(
        store,
        name=spec["path"],
        shape=tuple(spec["shape"]),
        chunks=tuple(spec["chunks"]),
        dtype=dtype,
        zarr_format=spec["zarrFormat"],
        attributes=spec["attributes"],
        **settings,
    )
    array[...] = values(spec["dtype"], spec["shape"], spec["seed"])
    return answer(array[...], array.attrs.asdict())


def write_again(request):
    """Replaces all values of an array in a ZIP, which has each chunk twice then."""
    store = ZipStore(request["file"], mode="a")
    try:
        array = zarr.open_array(store, path=request["path"], zarr_format=request["zarrFormat"], mode="r+")
        array[...] = values(str(array.dtype), array.shape, request["seed"])
    finally:
        store.close()


def change(request):
    """Creates an array in memory, as `write` does, and then appends to it and changes its shape."""
    spec = request["array"]
    write_array(store := MemoryStore(), spec)
    for step in request["steps"]:
        array = zarr.open_array(store, path=spec["path"], zarr_format=spec["zarrFormat"], mode="r+")
        if "resize" in step:
            array.resize(tuple(step["resize"]))
        else:
            array.append(values(spec["dtype"], step["append"], step["seed"]), axis=step["axis"])
    array = zarr.open_array(store, path=spec["path"], zarr_format=spec["zarrFormat"], mode="r")
    return answer(array[...], array.attrs.asdict())


def version_2_setting(value):
    """Version 2 wants codec objects where version 3 takes their JSON."""
    import numcodecs

    if isinstance(value, list):
        return [version_2_setting(item) for item in value]
    return numcodecs.get_codec(value) if isinstance(value, dict) and "id" in value else value


def test_zip(request):
    """Reads every entry against its CRC, as `python -m zipfile -t`; answers with the names."""
    with zipfile.ZipFile(request["file"]) as archive:
        bad = archive.testzip()
        if bad is not None:
            raise zipfile.BadZipFile(f"wrong CRC: {bad}")
        return archive.namelist()


def expected(request):
    return digest(values(request["dtype"], request["shape"], request["seed"]))


def write_matrix(request):
    from matrix import write_matrix

    return write_matrix(request)


def read_matrix(request):
    from matrix import read_matrix

    return read_matrix(request)


operations = {
    "read": read,
    "readDataset": read_dataset,
    "openUrl": open_url,
    "write": write,
    "writeAgain": write_again,
    "change": change,
    "testZip": test_zip,
    "expected": expected,
    "version": lambda _: zarr.__version__,
    "writeMatrix": write_matrix,
    "readMatrix": read_matrix,
}


def selftest():
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "a.zip")
        array = {"path": "a", "zarrFormat": 3, "dtype": "int32", "endian": "little", "shape": [3, 2], "chunks": [2, 2]}
        write({"file": file, "arrays": [array | {"options": {}, "attributes": {}, "seed": 1}]})
        got = read({"reader": "zarr", "file": file, "path": "a", "zarrFormat": 3})
        assert got["sha256"] == digest(values("int32", [3, 2], 1)), got
        assert "a/zarr.json" in test_zip({"file": file})
    print(f"zarr-python {zarr.__version__} writes and reads a ZIP")


def main():
    if sys.argv[1:] == ["--selftest"]:
        return selftest()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"id": request["id"], "result": operations[request["op"]](request)}
        except Exception as error:  # noqa: BLE001 - whatever a library throws is an answer
            reply = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
