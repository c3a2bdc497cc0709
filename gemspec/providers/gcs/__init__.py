"""Cloud Storage as far as training data needs it: lookups and uploads."""
