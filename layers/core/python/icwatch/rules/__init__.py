"""Rules over one sweep: expressions and what they cover. Pure."""
