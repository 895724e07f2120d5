"""The accelerator as other designs take it: a folder with everything, drivers, and a system that runs it."""
