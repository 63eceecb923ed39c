"""A site file, read: TOML in, a frozen `Site` out, every mistake reported at once."""
