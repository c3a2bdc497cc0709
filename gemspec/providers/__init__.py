"""The services that hold tuned models: the Protocol of a provider, the specs of providers, and their code."""
