"""Carries a plan out: the loop over its steps, reading again before what cannot be undone, and waiting for
trainings.

It is above the planner and the providers, and knows neither manifests nor the command line. `emit` takes the events
that `render` draws.
"""

from gemspec.applier.executor import GRACE, ApplyOptions, Run
from gemspec.domain.result import Result

__all__ = ["GRACE", "ApplyOptions", "Result", "Run"]
