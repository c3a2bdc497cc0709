"""A third provider: a spec of plain data over the service in memory. Nothing under gemspec/ knows it."""

from __future__ import annotations

from gemspec.domain.project import Traits, Words
from gemspec.providers.spec import Block, DataLimits, NameForm, ProviderSpec

from .fake_provider import FakeProvider

WORDS = Words(restore_marker="hang its tag back on {resource}", remove_marker="take the tag off {resource}")
TRAITS = Traits(words=WORDS, name_prefix="tunes/", has_permissions=False, sets_permissions=False)
SERVICE = FakeProvider(traits=TRAITS)

SPEC = ProviderSpec(
    key="memory",
    name="the Memory Service",
    connect=lambda connection: SERVICE,
    traits=TRAITS,
    model_name=NameForm(
        pattern="^tunes/[a-z0-9-]{1,63}$", advice="write the full name, such as tunes/a-1", example="tunes/a-1"
    ),
    limits=DataLimits(max_file=1024**2),
    docs="docs/architecture.md",
    block=Block("shelf", {"type": "object", "properties": {"row": {"type": "string"}}}),
    starter=("support", "memory_starter"),
    before_plan=("Choose a shelf in gemspec.yaml. Then:",),
)
