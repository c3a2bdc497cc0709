"""Models on the service to manifests: what `gemspec import` writes."""
