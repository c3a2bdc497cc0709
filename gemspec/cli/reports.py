"""Problems in the formats of code hosts: for `validate`, and for every command that fails where one was asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gemspec import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.errors import Problem
    from gemspec.render.ci.checkout import Checkout


def report(problems: Sequence[Problem], output_format: str) -> str:
    """Draw problems in one of FORMATS; empty where that has nothing to say."""
    from gemspec.render.ci.checkout import Checkout

    root = os.environ.get("GITHUB_WORKSPACE", "")
    checkout = Checkout(os.getcwd(), (root, os.path.realpath(root)) if os.path.isabs(root) else ())
    return FORMATS[output_format](problems, checkout)


def _github(problems: Sequence[Problem], checkout: Checkout) -> str:
    from gemspec.render.ci.github import workflow_commands

    return "\n".join(workflow_commands(problems, checkout))


def _sarif(problems: Sequence[Problem], checkout: Checkout) -> str:
    from gemspec.render.ci.sarif import sarif_log
    from gemspec.reports.plan import json_text

    return json_text(sarif_log(problems, checkout, version=__version__))


# A new format is a row here, and what tests/parity names.
FORMATS = {"github": _github, "sarif": _sarif}
