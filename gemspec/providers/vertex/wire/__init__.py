"""What is on the wire of Vertex AI, and what it means: messages, names, decode and encode. Pure."""
