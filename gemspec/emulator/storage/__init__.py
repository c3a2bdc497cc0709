"""Cloud Storage's JSON API: buckets, objects, uploads of all three kinds, downloads.

As much of it as google-cloud-storage needs under STORAGE_EMULATOR_HOST to keep training data. The path of a request:
`routes` -> `calls` (query, headers, errors in the API's own form) -> `buckets`, `objects`, `uploads` or
`resumable` -> `store` (buckets and objects) and `blobs` (their bytes, in pieces: no object is ever whole in memory).
`messages` has the resources and parameters as tables.

No credential is needed; everybody may do everything. An overwritten object is lost: neither versions nor soft deletion
are emulated. Accepted without effect: `fields`, `projection`, `userProject`, `prettyPrint`, `versions`.

Not served: changes to metadata (PATCH, PUT), copy and rewrite, ACLs and IAM, notifications, batches, the XML API,
customer-supplied encryption keys, If-Match headers, decompression on download (a gzip object is sent as it is).
What is not served is refused, never ignored.
"""
