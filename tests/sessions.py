"""Sessions of AWS that share what they have loaded.

Each looks for all services that there are and reads the models of its own anew, which takes longer than most tests, and
the tests make some hundreds of them.
"""

from __future__ import annotations

from typing import Any

from botocore.loaders import Loader


def share_what_is_loaded() -> None:
    """From now on, all sessions of this process have one memory of services and models."""
    make, loaded = Loader.__init__, dict[Any, Any]()

    def make_with_memory(loader: Any, *arguments: Any, **named: Any) -> None:
        make(loader, *arguments, **named)
        loader._cache = loaded

    Loader.__init__ = make_with_memory  # type: ignore[assignment,method-assign]
