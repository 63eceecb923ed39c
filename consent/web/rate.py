"""At most so many decisions a minute from one address: a token bucket for each, in memory, of bounded number."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

MAX_ADDRESSES = 10_000


class Limiter:
    """`per_minute` decisions an address, all at once if need be; 0 means no limit. Nothing goes to disk."""

    def __init__(self, per_minute: int) -> None:
        self._rate = per_minute / 60
        self._burst = float(per_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def admits(self, address: str, now: float) -> bool:
        """Whether one more is in order at `now` (seconds on any clock that goes forward)."""
        if not self._rate:
            return True
        with self._lock:
            left, then = self._buckets.pop(address, (self._burst, now))
            left = min(self._burst, left + max(now - then, 0) * self._rate)
            admitted = left >= 1
            self._buckets[address] = (left - 1 if admitted else left, now)
            if len(self._buckets) > MAX_ADDRESSES:
                self._buckets.popitem(last=False)
            return admitted
