"""Draws plans, progress, results and problems for people and machines; decides nothing and talks to nobody.

Everything that people read of a plan is drawn from the documents that machines read (`reports`). Text that came
from a manifest or the service passes `escape.terminal` before it reaches a terminal.
"""
