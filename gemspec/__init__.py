"""gemspec keeps tuned Gemini models the way Terraform keeps infrastructure.

This file holds the version alone: `gemspec --version` must load nothing heavy. docs/architecture.md describes the rest.
"""

__version__ = "0.1.0"
