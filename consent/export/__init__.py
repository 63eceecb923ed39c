"""The log out, and what checks it: an export that carries every signed byte, and a verifier that believes none of it.

    store → `write` (cells, lines) → FILE → `read` → `check` → `verify`

An exported record is made of its leaf, its signature and, where it was asked for, its personal part. All else in a line
is made from these three, so the verifier makes it again and compares.
"""
