"""What is measured, as a table for a terminal and as documents with pictures."""
