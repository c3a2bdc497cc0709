"""The Gemini API's tunedModels, as the emulator answers it."""
