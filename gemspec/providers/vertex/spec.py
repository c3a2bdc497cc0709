"""Vertex AI as data, for `providers.registry`. `provider` talks to it. Facts: docs/api-vertex.md."""

from __future__ import annotations

from gemspec.domain.project import Traits, Words
from gemspec.providers.spec import Block, DataLimits, NameForm, ProviderSpec

_JOB_OR_MODEL = (
    r"^projects/[a-z0-9][a-z0-9.:-]{0,99}/locations/[a-z0-9-]{2,63}"
    r"/(tuningJobs/[0-9]{1,30}|models/[A-Za-z0-9_-]{1,63}(@[A-Za-z0-9-]{1,63})?)$"
)

SPEC = ProviderSpec(
    key="vertex",
    name="Vertex AI",
    connect="gemspec.providers.vertex.provider:open_provider",
    traits=Traits(
        words=Words(
            restore_marker="put these labels back as they were on {resource}",
            remove_marker="take the labels that begin with gemspec- off {resource}",
            location_line="write `location: {location}` under vertex in gemspec.yaml",
        ),
        name_prefix="",
        assigns_ids=True,
        keeps_failed=True,
        bills_tokens=True,
        has_permissions=False,
        sets_permissions=False,
        writes_in_training=False,
        has_locations=True,
        redeploys=True,
        uploads_data=True,
    ),
    model_name=NameForm(
        pattern=_JOB_OR_MODEL,
        advice="write the full name of the model or of its tuning job, such as "
        "projects/my-project/locations/us-central1/models/1234567890",
        example="projects/my-project/locations/us-central1/tuningJobs/123",
    ),
    # The limits are those of Google's page on supervised tuning.
    limits=DataLimits(
        max_file=1024**3, max_upload=1024**3, max_examples=10_000_000, max_validation=5_000, max_tokens=131_072
    ),
    docs="docs/api-vertex.md",
    block=Block("vertex", places={"project": "projects", "bucket": "buckets"}),
    has_emulator=True,
    takes_conversations=True,
    vendor="Google",
    retired=frozenset({"gemini-1.0-pro-002", "gemini-1.5-pro-002", "gemini-1.5-flash-002"}),
    retired_advice="new trainings will be refused: choose a model that can be tuned now, such as gemini-2.5-flash",
    unset_epochs="write one, such as 3: Vertex AI may choose many (40 was seen), and each costs as much as the first",
    environment=(
        ("GOOGLE_OAUTH_ACCESS_TOKEN", "Credentials: a bearer token. It goes before all others."),
        ("GOOGLE_APPLICATION_CREDENTIALS", "Credentials: the file of a service account or of workload identity."),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "The Google Cloud project that is billed for requests."),
    ),
    starter=("gemspec", "starter/vertex"),
    before_plan=(
        "Write your Google Cloud project, location and bucket into gemspec.yaml, and give",
        "credentials (`gemspec --help` names the variables). Then:",
    ),
)
