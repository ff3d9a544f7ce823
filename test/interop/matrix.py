"""The random matrix: writes and reads many arrays of one ZIP. Values go as base64 of little-endian bytes, or as lists."""

import base64
import json
import zipfile

import numpy as np
import zarr
from zarr.core.dtype import VariableLengthBytes
from zarr.storage import ZipStore


def write_matrix(request):
    """Writes the arrays, and answers with each as zarr-python reads it, or with {"error"}."""
    compression = zipfile.ZIP_DEFLATED if request["deflate"] else zipfile.ZIP_STORED
    store = ZipStore(request["file"], mode="w", compression=compression)
    try:
        return [attempt(write_array, store, case) for case in request["arrays"]]
    finally:
        store.close()


def read_matrix(request):
    """Answers with every array of a ZIP; the reader is zarr or tensorstore."""
    if request["reader"] == "tensorstore":
        return [attempt(read_with_tensorstore, request["file"], case) for case in request["arrays"]]
    store = ZipStore(request["file"], mode="r")
    try:
        return [attempt(read_array, store, case) for case in request["arrays"]]
    finally:
        store.close()


def attempt(operation, *arguments):
    try:
        return operation(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever a library throws is an answer
        return {"error": f"{type(error).__name__}: {error}"}


def numpy_type(dtype):
    if dtype in ("string", "bytes"):
        return np.dtype(object)
    return np.dtype(dtype if isinstance(dtype, str) else [tuple(field) for field in dtype])


def decode(dtype, canonical):
    if dtype == "bytes":
        canonical = [base64.b64decode(value) for value in canonical]
    if dtype in ("string", "bytes"):
        array = np.empty(len(canonical), dtype=object)
        array[:] = canonical
        return array
    return np.frombuffer(base64.b64decode(canonical), numpy_type(dtype).newbyteorder("<"))


def encode(dtype, array):
    array = np.asarray(array, None if dtype == "string" else numpy_type(dtype))
    if dtype == "string":
        return [str(value) for value in array.ravel().tolist()]
    if dtype == "bytes":
        return [base64.b64encode(value).decode() for value in array.ravel().tolist()]
    array = array.astype(array.dtype.newbyteorder("<"))
    return base64.b64encode(array.tobytes(order="C")).decode()


def write_array(store, case):
    dtype, version = case["dtype"], case["zarrFormat"]
    settings = {name: case[name] for name in ("filters", "order") if name in case}
    if "compressors" in case:
        settings["compressors"] = case["compressors"] or None
    if version == 2:
        settings = {name: objects_of_version_2(value) for name, value in settings.items()}
    if version == 3 and isinstance(dtype, str) and dtype.startswith(">"):
        settings["serializer"] = {"name": "bytes", "configuration": {"endian": "big"}}
    if "shards" in case:
        settings["shards"] = {"shape": tuple(case["shards"]), "index_location": case["indexLocation"]}
    if "dimensionNames" in case:
        settings["dimension_names"] = case["dimensionNames"]
    if "fill" in case:
        settings["fill_value"] = decode(dtype, case["fill"])[0]
    array = zarr.create_array(
        store,
        name=case["path"],
        shape=tuple(case["shape"]),
        chunks=tuple(case["chunks"]),
        dtype={"string": str, "bytes": VariableLengthBytes()}.get(dtype) if dtype in ("string", "bytes") else numpy_type(dtype),
        zarr_format=version,
        attributes=json.loads(case["attributesText"]),
        chunk_key_encoding={"name": case["keyEncoding"], "separator": case["separator"]},
        # zarr-python takes a complex -0 for 0, and would leave out a chunk of it.
        config={"write_empty_chunks": True},
        **settings,
    )
    data = decode(dtype, case["data"]).reshape(case["shape"])
    for region in case["regions"]:
        place = tuple(slice(*bounds) for bounds in region)
        array[place] = data[place]
    return answer(case, array)


def objects_of_version_2(value):
    import numcodecs

    if isinstance(value, list):
        return [objects_of_version_2(item) for item in value]
    return numcodecs.get_codec(dict(value)) if isinstance(value, dict) else value


def read_array(store, case):
    return answer(case, zarr.open_array(store, path=case["path"], zarr_format=case["zarrFormat"], mode="r"))


def answer(case, array):
    fill = array.fill_value
    names = array.metadata.dimension_names if case["zarrFormat"] == 3 else None
    return {
        "shape": list(array.shape),
        "data": encode(case["dtype"], array[...]),
        "fill": encode(case["dtype"], fill),
        "attributes": json.dumps(array.attrs.asdict(), ensure_ascii=False),
        "dimensionNames": None if names is None else list(names),
    }


def read_with_tensorstore(file, case):
    import tensorstore

    zipped = {"driver": "zip", "base": {"driver": "file", "path": file}, "path": case["path"] + "/"}
    driver = "zarr3" if case["zarrFormat"] == 3 else "zarr"
    array = tensorstore.open({"driver": driver, "kvstore": zipped}, read=True, open=True).result()
    return {"shape": list(array.shape), "data": encode(case["dtype"], array.read().result())}
