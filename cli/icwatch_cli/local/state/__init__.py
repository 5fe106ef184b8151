"""What `icwatch run --state DIR` keeps of the local cloud, so that a later run goes on with it."""
