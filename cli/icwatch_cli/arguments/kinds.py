"""What a history has beside the kinds of transitions."""

from __future__ import annotations

from icwatch.model import CUT_OFF, UNCONFIRMED, UNREADABLE, UNSEEN

ACKNOWLEDGED = "acknowledged"
"""That somebody acknowledged an alarm."""

REPORTED = (UNSEEN, "seen", "removed", CUT_OFF, "reached", UNREADABLE, "readable", UNCONFIRMED, "confirmed")
"""What is reported to operations about the monitoring itself: problems, and how they ended."""
