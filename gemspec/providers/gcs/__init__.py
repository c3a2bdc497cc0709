"""Cloud Storage as far as training data needs it: metadata and uploads."""
