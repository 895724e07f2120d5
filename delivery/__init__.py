"""Things that other designs take over: register descriptions, drivers, and a system that runs the core."""
