import cv2
import numpy as np
import pytest


@pytest.fixture
def folder(tmp_path):
    """A sound sequence of three 40 x 30 frames, whose pixels tell the frame, and two boxes."""
    (tmp_path / "seq/img").mkdir(parents=True)
    for index in range(3):
        cv2.imwrite(
            str(tmp_path / f"seq/img/{index + 9}.png"), np.full((30, 40, 3), (index, 20, 200), np.uint8)
        )
    (tmp_path / "seq/groundtruth_rect.txt").write_text("1,2,10,12\n3.5\t4\t10\t12\n")
    return tmp_path / "seq"
