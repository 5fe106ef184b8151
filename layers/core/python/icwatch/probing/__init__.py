"""From a tick to a sweep: asking every target."""
