"""Programs of others that are measured beside icwatch, from Debian's packages."""
