"""Carries a plan out: the loop over its steps, looking again before what cannot be taken back, and waiting for
trainings.

Stands above planning and providers; knows neither manifests nor the command line. `emit` takes the events that
renderers draw.
"""

from gemspec.applier.executor import GRACE, Options, Run
from gemspec.domain.result import Result

__all__ = ["GRACE", "Options", "Result", "Run"]
