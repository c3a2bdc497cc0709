"""Carries out a plan: the loop over its steps, the checks before steps that cannot be undone, the waits for trainings.

It is above `planner` and `providers`, and knows neither manifests nor the command line. A `Run` emits the events that
`render` draws.
"""

from gemspec.applier.executor import GRACE, ApplyOptions, Run
from gemspec.domain.result import Result

__all__ = ["GRACE", "ApplyOptions", "Result", "Run"]
