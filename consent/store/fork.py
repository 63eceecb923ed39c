"""What a child process (gunicorn --preload, multiprocessing) must make anew: locks, queues, connections."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable

_callbacks: list[weakref.WeakMethod[Callable[[], None]]] = []
_inherited: list[object] = []


def after_fork(callback: Callable[[], None]) -> None:
    """Call a bound method in every child, before anything else runs there, as long as its object lives."""
    _callbacks.append(weakref.WeakMethod(callback, _callbacks.remove))


def leave_alone(thing: object) -> None:
    """Keep for ever, in a child, what is the parent's: to close or collect it would speak on its socket."""
    _inherited.append(thing)


def _child() -> None:
    for reference in list(_callbacks):
        callback = reference()
        if callback is not None:
            callback()


os.register_at_fork(after_in_child=_child)
