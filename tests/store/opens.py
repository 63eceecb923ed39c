"""A process that opens a store, and says which revision it finds and whether it needed Alembic.

python -m tests.store.opens URL
"""

from __future__ import annotations

import sys

from consent.store import Store, current_revision

if __name__ == "__main__":
    store = Store.open(sys.argv[1])
    print(current_revision(store.engine), "alembic", "alembic" in sys.modules)
    store.close()
