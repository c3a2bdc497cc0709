"""The HTTP edge that all providers share: session, credentials, retries, status and errors."""
