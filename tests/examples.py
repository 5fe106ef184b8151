"""How many examples a property is tried with, where it needs other numbers than most."""

from __future__ import annotations

from hypothesis import settings

QUICK, USUAL, LONG = "quick", "icwatch", "long"
"""The profiles: of `make test-unit`, of `make test`, and of `make test-long`."""

QUICK_EXAMPLES, LONG_EXAMPLES = 15, 4000


def examples(few: int, many: int) -> settings:
    """So `few` in each run of all tests, and so `many` in `make test-long`. Decorates a test."""
    counts = {QUICK: QUICK_EXAMPLES, LONG: many}
    return settings(max_examples=counts.get(settings.get_current_profile_name(), few))
