"""Follows a target through a video: ``python track_video.py [VIDEO X,Y,W,H]``.

Without them it is the rendered clip.
"""

import sys

from siammixer import Box, GoldenEngine, Tracker, find_network, load_weights, open_video

network = find_network("siammixer")
tracker = Tracker(GoldenEngine(network, load_weights(network)))
with open_video(sys.argv[1] if len(sys.argv) > 1 else None) as video:
    box = Box(*map(float, sys.argv[2].split(","))) if len(sys.argv) > 2 else video.first_box
    for frame in video.frames:
        if frame.index == 0:
            tracker.init(frame.image, box)
        elif frame.image is not None:
            state = tracker.update(frame.image)
            x, y, width, height = state.box
            print(
                f"{frame.index:4} {x:.1f},{y:.1f},{width:.1f},{height:.1f} confidence {state.confidence:.2f}"
            )
