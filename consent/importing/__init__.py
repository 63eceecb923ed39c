"""Turns the configuration of another consent tool into a site file, and says what could not be carried over.

text → `read` → values (no code is ever run) → a tool's `convert` → `Draft` → `settle` → `write` → TOML
"""
