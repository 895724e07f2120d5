"""A teacher's features as a target beside the labels."""
