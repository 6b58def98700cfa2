"""Two-stage training, and what it is fed."""
