"""A shop that reports purchases from its server: see `app`."""
