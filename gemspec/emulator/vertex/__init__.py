"""Vertex AI (aiplatform v1), as far as tuning needs it: tuningJobs, models, endpoints, operations, and generateContent
on endpoints. Training data comes from the emulated Cloud Storage of the same database.

The path of a request: `routes` -> `creation`, `tuning_jobs`, `models`, `endpoints`, `operations` or `generation` ->
`jobs`, `stored_models`, `operations` (SQLite). `messages` and `content_messages` have the message types as tables,
`resources` draws them. The state of a job is a pure function of what is stored and of the time (`jobs.Timeline`): its
model and endpoints are stored when it is created, and callers see them from the moment it has succeeded.

All locations are served by the same host; a resource is found only under the location of its name. Every possible
project exists, and everybody may do everything in it; a key alone is refused. `options` has what can be chosen.

A training fails if a line of its data has `!fail` as the model's text. It ends half way, FAILED.

Not served: tuning other than supervised tuning, rebaseTunedModel, models that were uploaded or copied, versions'
aliases, IAM policies, deploying, predict and its relatives, publishers' models, evaluation, v1beta1. Of a
generateContent request everything but `contents` and the types of `generationConfig` is accepted without effect.
"""
