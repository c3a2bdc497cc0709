"""Finds the manifests of a project: paths, globs, links, and the owner of each document. Below `manifest`."""
