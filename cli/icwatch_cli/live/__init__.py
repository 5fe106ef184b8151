"""What `icwatch run` shows while it watches."""
