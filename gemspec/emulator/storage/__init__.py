"""An emulation of Cloud Storage's JSON API: buckets, objects, uploads of all three kinds, downloads.

As much of it as google-cloud-storage needs under STORAGE_EMULATOR_HOST to keep training data. The walk of a request:
`routes` -> `calls` (query, headers, refusals in the API's own form) -> `buckets`, `objects`, `downloads`, `uploads` or
`resumable` -> `stored` (buckets and objects) and `contents` (their bytes, in pieces: no object is ever whole in
memory). `messages` holds the resources and parameters as tables, `preconditions` the ifGenerationMatch family.

No credential is asked for; everybody may do everything. An overwritten object is gone: neither versions nor soft
deletion are emulated. Accepted without effect: `fields`, `projection`, `userProject`, `prettyPrint`, `versions`.

Not served: changes to metadata (PATCH, PUT), copy, rewrite and compose, ACLs and IAM, notifications, batches, the XML
API, encryption with one's own keys, If-Match headers, decompression on the way out (a gzip object comes as it is).
What is not served is refused, never ignored.
"""
