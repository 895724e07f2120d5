"""A training run: recipe, loss, checkpoints, several processes, validation."""
