"""What a fleet costs a month: what it uses, at list prices, and what others would cost beside it. Pure."""
