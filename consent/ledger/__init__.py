"""The transparency log over a site's records, in the formats that exist (design, decision 6). Pure.

    leaves → `tree` (hashes, proofs) → `checkpoint` (a signed `note`) ; `tiles` is how hashes are kept and served

Nothing here knows a database, a clock or a network: hashes come from a reader, keys and times are values.
"""
