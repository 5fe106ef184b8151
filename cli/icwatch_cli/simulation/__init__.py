"""What rules would do: made-up samples and stored ones, and the alarms that come of them."""
