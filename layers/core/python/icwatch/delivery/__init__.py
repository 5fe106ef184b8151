"""From a notice to SNS, once."""
