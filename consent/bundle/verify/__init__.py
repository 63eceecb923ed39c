"""What checks a bundle and believes none of it.

    container → manifest (signature, hash of each file) → keys, notices → each part (`leaves`, `part`) → `heads`

The steps are functions of bytes; `run` reads the file and uses all cores.
"""
