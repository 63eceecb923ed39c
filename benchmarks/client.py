"""The generator of load where there is no wrk: threads that each keep a connection. Same variables, same result.

python -m benchmarks.client SECONDS CONNECTIONS URL
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlsplit

from .load import KEY


class Client:
    """Counts what its threads sent."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)
        self.method = os.environ["BENCH_METHOD"]
        self.salt = os.environ["BENCH_SALT"]
        self.bodies = Path(os.environ["BENCH_BODIES"]).read_text().splitlines() or [""]
        lines = Path(os.environ["BENCH_HEADERS"]).read_text().splitlines()
        self.headers: dict[str, str] = dict(line.split(": ", 1) for line in lines)
        self.latencies: list[float] = []
        self.errors = 0

    def work(self, number: int, end: float) -> None:
        """One connection's requests until `end`."""
        connection = http.client.HTTPConnection(self.url.hostname or "", self.url.port, timeout=10)
        sent = 0
        while (start := time.perf_counter()) < end:
            sent += 1
            start_of_key = int(time.time() * 1000 / 65536).to_bytes(4, "big") + os.urandom(2)  # as banner.js makes it
            key = f"{urlsafe_b64encode(start_of_key).decode()}{self.salt}{number:02d}{sent:08d}"
            body = self.bodies[sent % len(self.bodies)].replace(KEY, key) or None
            try:
                connection.request(self.method, self.url.path, body, self.headers)
                reply = connection.getresponse()
                reply.read()
                self.errors += reply.status >= 400
            except (OSError, http.client.HTTPException):
                connection.close()
                self.errors += 1
            self.latencies.append(time.perf_counter() - start)


def main(seconds: float, connections: int, url: str) -> None:
    """Send, then print what came of it."""
    client = Client(url)
    begin = time.perf_counter()
    threads = [threading.Thread(target=client.work, args=(n, begin + seconds)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sorted_ms = sorted(1000 * latency for latency in client.latencies)
    result = {
        "requests": len(sorted_ms),
        "seconds": time.perf_counter() - begin,
        "errors": client.errors,
        "p50": sorted_ms[len(sorted_ms) // 2],
        "p99": sorted_ms[len(sorted_ms) * 99 // 100],
    }
    print("RESULT", json.dumps(result))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
