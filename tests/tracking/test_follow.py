from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking import follow as follow_module
from siammixer.tracking.box import Box
from siammixer.tracking.follow import Tally, first_frame, follow
from siammixer.tracking.video import Frame, Video

BOX = Box(1, 2, 3, 4)


def video(broken=(), count=4):
    """Frames whose value is their place."""
    images = [None if index in broken else np.full((8, 8, 3), index, np.uint8) for index in range(count)]
    frames = (
        Frame(index=index, image=image, problem="" if image is not None else f"{index} broke")
        for index, image in enumerate(images)
    )
    return Video(name="v.mp4", rate=25, count=count, frames=frames)


class Walks:
    """Moves its box by the image's value and believes itself lost at 2."""

    def init(self, image, box):
        self.box = box

    def update(self, image):
        value = int(image[0, 0, 0])
        self.box = self.box._replace(x=self.box.x + value)
        return SimpleNamespace(box=self.box, confidence=0.5, lost=value == 2, response=np.full((2, 2), value))


def steps(source, frames=None):
    return [step for _, step in follow(Walks(), source, first_frame(source), BOX, frames)]


def test_every_frame():
    found = steps(video())
    assert [step.box.x for step in found] == [1, 2, 4, 7] and [step.index for step in found] == [0, 1, 2, 3]
    assert [step.confidence for step in found] == [1, 0.5, 0.5, 0.5] and [step.lost for step in found] == [
        False,
        False,
        True,
        False,
    ]
    assert found[0].response is None and found[3].response.tolist() == [[3, 3], [3, 3]]


def test_a_broken_frame_keeps_the_box():
    found = steps(video(broken=[2]))
    assert [step.box.x for step in found] == [1, 2, 2, 5] and [step.problem for step in found] == [
        "",
        "",
        "2 broke",
        "",
    ]
    assert (found[2].confidence, found[2].seconds, found[2].response) == (0, 0, None)


@pytest.mark.parametrize(("frames", "count"), [(1, 1), (3, 3), (9, 4)])
def test_no_more_frames_than_asked_for(frames, count):
    assert len(steps(video(), frames)) == count


def test_the_first_frame_is_needed():
    with pytest.raises(
        InputError,
        match=r"v\.mp4: the first frame cannot be decoded, and the target is given there \(0 broke\)",
    ):
        first_frame(video(broken=[0]))
    with pytest.raises(InputError, match=r"v\.mp4: holds no frame that can be decoded"):
        first_frame(video(count=0))


def test_a_tally_keeps_no_more_than_it_says(monkeypatch):
    monkeypatch.setattr(follow_module, "MOST_PROBLEMS", 2)
    tally = Tally()
    for step in steps(video(broken=[1, 2, 4], count=6)):
        tally.add(replace(step, seconds=0.5))
    assert (tally.frames, tally.undecoded, tally.lost, tally.problems) == (6, 3, 0, ["1 broke", "2 broke"])
    assert tally.last.index == 5 and tally.last.response is None
    assert tally.speed == 2.0  # the first frame and the broken ones are not tracked


def test_a_tally_of_one_frame_has_no_speed():
    tally = Tally()
    tally.add(steps(video(count=1))[0])
    assert tally.speed is None and tally.frames == 1


def test_the_times_are_handed_on():
    source = video()
    source.frames = (replace(frame, time=frame.index / 4) for frame in source.frames)
    assert [step.time for step in steps(source)] == [0, 0.25, 0.5, 0.75]
