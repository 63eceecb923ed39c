"""One module a revision. A released one never changes: what it made is out there."""
