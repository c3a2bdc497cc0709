"""Bytes to documents with places: YAML and JSON readers, encodings, source lines, syntax errors."""
