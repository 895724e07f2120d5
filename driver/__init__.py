"""The host's side of a board: frames, requests, the device, and the tracker's engine on it."""
