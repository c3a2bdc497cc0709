"""Finds the manifests of a project: paths, globs, links, and whose each document is. Below `manifest`."""
