"""Lets blosc.test.ts ask numcodecs: `blosc.py <folder>` reads cases from cases.json there, a list of

    {"name": "a", "shuffle": 1, "typesize": 4, "blocksize": 0}

and of each case the content, a.content, and this package's chunk of it, a.ours. It writes numcodecs' chunk, a.theirs, and answers
with a JSON list: whether numcodecs finds the content in ours.
"""

import json
import sys
from pathlib import Path

from numcodecs import blosc

folder = Path(sys.argv[1])
found = []
for case in json.loads((folder / "cases.json").read_text()):
    content, ours, theirs = (folder / f"{case['name']}.{suffix}" for suffix in ("content", "ours", "theirs"))
    found.append(bytes(blosc.decompress(ours.read_bytes())) == content.read_bytes())
    settings = case["shuffle"], case["blocksize"], case["typesize"]
    theirs.write_bytes(blosc.compress(content.read_bytes(), b"lz4", 5, *settings))
print(json.dumps(found))
