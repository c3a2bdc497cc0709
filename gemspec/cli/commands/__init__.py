"""A file for each command: its flags, and the call that it makes."""
