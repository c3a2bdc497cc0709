"""The Gemini API's tunedModels, as the emulator answers it.

`routes` -> `tuned_models`, `creation`, `operations`, `permissions`, `generation` or `base_models` -> `store` (SQLite).
`training` computes the state of a training from what is stored and the time.
"""
