"""From a sweep to alarms and transitions."""
