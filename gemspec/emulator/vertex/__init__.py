"""An emulation of Vertex AI (aiplatform v1), as far as tuning needs it: tuningJobs, models, endpoints, operations, and
generateContent on endpoints. Training data comes from the emulated Cloud Storage of the same database.

The walk of a request: `routes` -> `..calls` (query, body, refusals) -> `creation`, `tuning_jobs`, `models`,
`endpoints`, `operations` or `generation` -> `stored_jobs`, `stored_models`, `stored_operations` (SQLite). `messages`
and `contents` hold the message types as tables, `resources` draws them. What a job has come to is a pure function of
what is stored and the time (`timeline`): its model and endpoints are stored when it is created, and are there for
callers from the moment it has succeeded. Nothing ticks.

All locations are served by one host; a resource is found only under the location of its own name. Every project that
could exist does, and everybody may do everything in it; a key alone is refused.

A training that must fail: a line of its data has `!fail` as the model's text. It ends half way, FAILED.

Where nobody has shown what the service does, the emulator takes the strictest plausible behaviour; the places say so.
`Options` has what can be chosen.

Not served: other kinds of tuning than the supervised one, rebaseTunedModel, models that were uploaded or copied,
versions' aliases, IAM policies, deploying, predict and its relatives, publishers' models, evaluation, v1beta1. Of a
generateContent request everything but `contents` and the types of `generationConfig` is accepted without effect.
"""

from .options import Options

__all__ = ["Options"]
