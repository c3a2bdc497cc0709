"""Documents for machines, built from values: what `schemas/` describes, and what the screens are drawn from."""
