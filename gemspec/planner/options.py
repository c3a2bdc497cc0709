"""What people ask of a plan beside their manifests. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What people ask of one plan.

    `whole`: the manifests are all there is, so that what they leave out goes. `targets` and `excludes` are globs over
    keys, which narrow the plan. `undelete`: keys whose model is kept though its deletion has begun. `accept`: keys that
    are promoted without their checks. `destroy`: everything that is
    ours goes, whatever is declared. `approved`: keys and train hashes of the trainings that a person has approved:
    `replace` means just those, and nothing once they are there; None: nobody was asked. `from_owner`: nothing is done
    but taking the models of that project over, for the keys that are declared.
    """

    whole: bool = True
    retry_failed: bool = False
    replace: frozenset[str] = frozenset()
    undelete: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()
    destroy: bool = False
    approved: frozenset[tuple[str, str]] | None = None
    from_owner: str | None = None
