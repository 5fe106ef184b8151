"""From transitions to what one notice says. Pure."""
