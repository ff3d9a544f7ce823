"""What data.py and python.py share."""

import hashlib

import numpy as np


def windows_of(shape, side=32, count=1000):
    """The windows of bench/rows.mjs."""
    seed = 42

    def window(length):
        nonlocal seed
        seed = (seed * 1103515245 + 12345) % 2147483648
        start = seed % (length - side + 1)
        return slice(start, start + side)

    return [tuple(window(length) for length in shape) for _ in range(count)]


def digest_of(parts):
    """SHA-256 of the bytes of arrays, each in C order, as hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()
