"""A process that erases, prunes or rotates, and says how far it is: to be killed on the way.

python -m tests.stopped erase|prune|rotate URL FOLDER SUBJECT NOW
"""

from __future__ import annotations

import sys
from pathlib import Path

from consent import erasure, keyfile, prune, rotation
from consent.site.load import loads
from consent.store import Store
from consent.store import erasure as batches
from consent.store import rotation as rows

from .conftest import SITE

if __name__ == "__main__":
    what, url, folder, subject, now = sys.argv[1:]
    batches.BATCH = rows.BATCH = 5
    site, store = loads(SITE), Store.open(url)
    ring = keyfile.Watched(Path(folder), site.id, production=True)
    if what == "erase":
        steps = erasure.erase(store, ring, site.id, subject)
    elif what == "prune":
        steps = prune.run(store, site, "someone", int(now))
    else:
        steps = rotation.rotate(keyfile.path_of(Path(folder), site.id), site.id, store, settle=0)
    for batch in steps:
        print(batch, flush=True)
        if sys.stdin.readline() == "":
            break
