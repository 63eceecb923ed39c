"""A process that seals in a loop, and says how far it has come. Run by `test_sealer_kill`.

python -m tests.store.seals URL FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from consent.store import Kept, Store

from .samples import SITE, START
from .sealing import ring


def main(url: str, folder: Path) -> None:
    """Print the size of each head that is ours."""
    keys, kept, store = ring(), Kept(folder, SITE), Store.open(url)
    while True:
        head = store.seal(SITE, keys, START, kept)
        if head:
            print(head.size, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
