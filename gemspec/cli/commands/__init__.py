"""One file a command: its flags, and one call."""
