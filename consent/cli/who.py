"""Who runs a command, for the access log."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store import Store


def me() -> str:
    """The system user, by the process's own number: an environment variable could claim anything."""
    if os.name != "posix":
        import getpass

        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def log(store: Store, site: str, action: str, filter_: str, count: int) -> None:
    """Write into the access log, before the thing is done. Raises StoreError: then it must not be done."""
    from ..record import uuid7
    from ..store import Access

    moment = time.time()
    entry_id = uuid7(int(moment * 1000), os.urandom(10))
    store.log(Access(site, entry_id, int(moment), me(), action, filter_, count))


def span(since: int | None, until: int | None) -> str:
    """A span of time as a filter's words; "" for all."""
    from ..encoding import timestamp

    words = (("since", since), ("until", until))
    return " ".join(f"{word} {timestamp(second)}" for word, second in words if second is not None)
