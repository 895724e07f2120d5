"""The crop on the camera's stream: the tracker's window, resampled as its rows come, strip by strip."""
