"""What a lawyer reads of a bundle: one page of HTML without script. Pure.

records → `tally` (counts) → `figures` (tables and charts of them) → `page`
"""
