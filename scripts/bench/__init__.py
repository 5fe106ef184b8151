"""What icwatch costs and how fast it is, each figure beside its peer's and measured in turn: `make bench`."""
