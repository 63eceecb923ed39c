"""One record as a file that its person can keep: what was asked and answered, in the fields of ISO/IEC TS 27560. Pure.

    leaf + signature + notice (+ proof) → `build` → JSON-LD with the terms of the Data Privacy Vocabulary → `check`

Everything that a person reads in it follows from what is signed; `check` builds it again and compares, so that no field
can lie.
"""

from .build import Hints, Kept, build, completed, from_bytes, hints, to_bytes
from .check import Trusted, Verdict, check

__all__ = [
    "Hints",
    "Kept",
    "Trusted",
    "Verdict",
    "build",
    "check",
    "completed",
    "from_bytes",
    "hints",
    "to_bytes",
]
