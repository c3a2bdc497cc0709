"""Vertex AI as a provider: tuning jobs, models and endpoints, with the marker in their labels."""
