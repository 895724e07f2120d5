"""The tracker's door for people: boxes as lines of text, a first box from a line or from buttons."""
