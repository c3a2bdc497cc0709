"""The Gemini API as data, for `providers.registry`. `provider` talks to it. Facts: docs/api-gemini.md."""

from __future__ import annotations

from gemspec.domain.project import Traits, Words
from gemspec.providers.spec import DataLimits, NameForm, ProviderSpec

SPEC = ProviderSpec(
    key="gemini",
    name="the Gemini API",
    connect="gemspec.providers.gemini.provider:open_provider",
    traits=Traits(
        words=Words(
            restore_marker="put the last line of its description back as it was",
            remove_marker='take the line that begins with "[gemspec:" out of its description',
            weak_credentials="an API key",
            strong_credentials="an access token or Application Default Credentials",
            everyone="anybody with an account of Google's",
        ),
        name_prefix="tunedModels/",
        default_epochs=5,
    ),
    model_name=NameForm(
        pattern="^tunedModels/[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        advice="write the full name, such as tunedModels/number-generator-1a2b3c4d5e",
        example="tunedModels/my-model-1a2b3c4d5e",
    ),
    limits=DataLimits(max_file=4 * 1024**2),  # Google AI Studio's limit for a data file
    docs="docs/api-gemini.md",
    has_emulator=True,
    elsewhere="or tune on Vertex AI, with provider: vertex",
    elsewhere_emulated="or have the emulator stand in for Vertex AI, with a vertex block in the project file",
    vendor="Google",
    retired=frozenset({"models/text-bison-001", "models/gemini-1.0-pro-001", "models/gemini-1.5-flash-001-tuning"}),
    retired_advice="models tuned from it stay, and new trainings will be refused: Google tunes Gemini on Vertex AI now",
    environment=(
        ("GOOGLE_OAUTH_ACCESS_TOKEN", "Credentials: a bearer token. It goes before all others."),
        ("GEMINI_API_KEY", "Credentials: an API key."),
        ("GOOGLE_APPLICATION_CREDENTIALS", "Credentials: the file of a service account or of workload identity."),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "The Google Cloud project that is billed for requests."),
    ),
    before_plan=(
        "Give credentials (`gemspec --help` names the variables), and a baseModel that",
        "can be tuned: Google has listed none on the Gemini API since mid-2025. Then:",
    ),
)
