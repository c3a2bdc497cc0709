"""Draws plans, progress, results and problems: `terminal` and `markdown` for people, `ci` for CI systems, `plot` SVG.

Decides nothing, and reads no files and no services. What people read of a plan is drawn from the documents that
machines read (`reports`). Text that a manifest or the service wrote passes `util.escape` before it reaches a terminal.
"""
