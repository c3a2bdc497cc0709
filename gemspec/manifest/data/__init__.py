"""Training data: files to rows to a dataset with its fingerprint."""
