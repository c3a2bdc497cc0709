"""The Gemini API as a provider: tunedModels, with the marker in each model's description."""
