"""What people read in a terminal, drawn from the documents of `reports`; `progress` and `screen` draw events."""
