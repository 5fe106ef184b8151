"""From transitions to what one notice tells. Pure."""
