"""The accelerator as other designs take it over: one folder with everything, drivers, and a system that runs it."""
