"""What an auditor receives: the whole log of a site in one file that proves itself.

    records, tiles, checkpoints, notices, keys → `write` → FILE.zip → `verify`

`container` is the ZIP in its one byte form, `layout` what stands where in it, `manifest` what is signed about it, and
`report` what a lawyer reads.
"""
