"""What stops a plan, or a key of it, until a person decides: rules over the plans of all keys. Pure."""
