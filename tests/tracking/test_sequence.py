from pathlib import Path

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import FolderSequence, write_folder

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "sequences"


def test_frames_in_the_order_of_their_numbers_and_in_rgb(folder):
    sequence = FolderSequence(folder)
    assert len(sequence) == 3
    assert [tuple(sequence.image(index)[0, 0]) for index in range(3)] == [
        (200, 20, 0),
        (200, 20, 1),
        (200, 20, 2),
    ]
    assert sequence.image(0).shape == (30, 40, 3) and sequence.image(0).dtype == np.uint8


@pytest.mark.parametrize(
    "line",
    [
        *("1,2,10,12", "1\t2\t10\t12", "1 2 10 12", "  1 , 2.0,\t10,1.2e1 \r", "1;2;10;12", "1; 2; 10; 12"),
        *("1,2,10,12,", "1,2,10,12, ,", "1\t2\t10\t12\t", "1,0;2,0;10;12", "# x,y,w,h\n1,2,10,12"),
        *("x,y,w,h\n1,2,10,12", '"left";"top";"width";"height"\n1;2;10;12', "\ufeff1,2,10,12"),
    ],
)
def test_separators(folder, line):
    (folder / "groundtruth_rect.txt").write_text(line + "\n\n")
    assert FolderSequence(folder).boxes == [(1, 2, 10, 12)]


def test_frames_without_a_box(folder):
    sequence = FolderSequence(folder)
    assert sequence.box(1) == (3.5, 4, 10, 12)
    assert sequence.box(2) is None


def test_jpeg_and_capital_suffixes(folder):
    image = cv2.imread(str(folder / "img/9.png"))
    cv2.imwrite(str(folder / "img/12.jpg"), image)
    (folder / "img/12.jpg").rename(folder / "img/12.JPG")
    (folder / "img/Thumbs.db").write_text("no frame")
    assert len(FolderSequence(folder)) == 4


def test_an_orientation_is_followed_and_told_once(folder, turned):
    """Pictures are upright, as viewers show them and boxes are drawn; as stored where that is asked for."""
    for name in ("12.jpg", "13.jpg"):
        (folder / "img" / name).write_bytes(turned(cv2.imread(str(folder / "img/9.png"))))
    sequence, stored = FolderSequence(folder), FolderSequence(folder, upright=False)
    assert not sequence.notes[1:]
    assert sequence.image(3).shape == sequence.image(4).shape == (40, 30, 3)
    assert stored.image(3).shape == sequence.as_stored().image(3).shape == (30, 40, 3)
    (note,) = (note for note in sequence.notes if "orientation" in note)
    assert note.startswith("12.jpg and perhaps others: stored turned") and "--as-stored" in note
    assert not any("orientation" in note for note in stored.notes)


def test_the_first_box_is_checked_in_the_upright_picture(folder, turned):
    """30 x 40 pixels, of which the box takes the last rows."""
    (folder / "img/9.png").unlink()
    (folder / "img/1.jpg").write_bytes(turned(cv2.imread(str(folder / "img/10.png"))))
    (folder / "groundtruth_rect.txt").write_text("1,32,10,8")
    assert FolderSequence(folder).box(0) == (1, 32, 10, 8)
    with pytest.raises(InputError, match="outside the image of 40 x 30"):
        FolderSequence(folder, upright=False)


def test_only_the_first_frame_is_decoded_on_opening(folder):
    (folder / "img/10.png").write_bytes(b"broken")
    sequence = FolderSequence(folder)
    sequence.image(2)
    with pytest.raises(InputError, match=r"10\.png: not a readable image"):
        sequence.image(1)


def test_frames_may_differ_in_size(folder):
    """The first one's size is the sequence's; a size that changes on the way is the tracker's business."""
    cv2.imwrite(str(folder / "img/10.png"), np.zeros((8, 9, 3), np.uint8))
    sequence = FolderSequence(folder)
    assert sequence.image(1).shape == (8, 9, 3) and (sequence.width, sequence.height) == (40, 30)


def test_a_target_out_of_sight(folder):
    """NaN, or no area; a box beside the image is kept as it is."""
    for line, box in (
        ("nan,nan,nan,nan", None),
        ("0,0,0,0", None),
        ("5 6 7 -1", None),
        ("1,nan,3,4", None),
        ("-50,2,10,12", (-50, 2, 10, 12)),
    ):
        (folder / "groundtruth_rect.txt").write_text(f"1,2,10,12\n{line}\n9,9,4,4\n")
        sequence = FolderSequence(folder)
        assert sequence.boxes == [(1, 2, 10, 12), box, (9, 9, 4, 4)]
        assert sequence.box(1) == box
        assert sequence.present.tolist() == ([0, 2] if box is None else [0, 1, 2])


@pytest.mark.parametrize("index", [-1, 3])
def test_frame_out_of_range(folder, index):
    for method in (FolderSequence(folder).image, FolderSequence(folder).box):
        with pytest.raises(InputError, match=rf"seq: frame must lie in 0\.\.2, not {index}"):
            method(index)


BAD_BOXES = {
    "1,2,10,12\n1,2,x,12": r"line 2: must be four numbers x,y,w,h or the eight of a polygon separated by "
    r"comma, semicolon, tab or space, not "
    r"'1,2,x,12'",
    "1,2,10": "line 1: must be four numbers",
    "1,2,10,12,13": "line 1: must be four numbers",
    "\n1,2,10,12\n3,4,5,6": "line 1: is empty; nan,nan,nan,nan says that the target is out of sight",
    "\n1,2,10,12": "line 1: is empty",
    "1,2,10,12\n\n3,4,5,6\n4,5,6,7\n5,6,7,8": "has 4 boxes for 3 frames",
    "1,2 10,12 1,2 3,4": "line 1: can be read in two ways, with commas between numbers or in them",
    "1_0,2,10,12": "line 1: must be four numbers",
    "1,,2,10,12": "line 1: must be four numbers",
    "1,2,0,12": "line 1: width of the box must be more than 0, not 0",
    "1,2,10,-3": "line 1: height of the box",
    "1,nan,10,12": "line 1: y of the box must be a finite number",
    "1,2,inf,12": "line 1: width of the box must be a finite number",
    "1,2,3,4\n1,2,inf,4": r"line 2: numbers of a box must be finite and within \+-100,000 pixels, not inf",
    "40,2,10,12": "line 1: box x,y,w,h = 40, 2, 10, 12 lies outside the image of 40 x 30 pixels",
    "1,2,3,4\n" * 4: "has 4 boxes for 3 frames",
    "": "holds no box",
    "\n \n": "holds no box",
    "\N{BLACK STAR}": "line 1: must be four numbers",
    "1,2,3\x00,4": "is no text in an encoding that is known; these are UTF-8, UTF-16",
}


@pytest.mark.parametrize("text", BAD_BOXES)
def test_bad_boxes_name_file_and_line(folder, text):
    (folder / "groundtruth_rect.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"groundtruth_rect\.txt.*{BAD_BOXES[text]}"):
        FolderSequence(folder)


def without_boxes(folder):
    (folder / "groundtruth_rect.txt").unlink()


def without_frames(folder):
    for path in (folder / "img").iterdir():
        path.unlink()


def without_images(folder):
    without_frames(folder)
    (folder / "img").rmdir()


def empty_image(folder):
    (folder / "img/9.png").write_bytes(b"")


def truncated_image(folder):
    (folder / "img/9.png").write_bytes((folder / "img/9.png").read_bytes()[:20])


def image_is_a_folder(folder):
    (folder / "img/0.png").mkdir()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_boxes, r"groundtruth_rect\.txt: no such file"),
        (without_frames, r"img: holds no frame; accepted are \.jpg"),
        (without_images, "img: no such folder"),
        (empty_image, r"9\.png: not a readable image"),
        (truncated_image, r"9\.png: not a readable image"),
        (image_is_a_folder, r"0\.png: cannot be read"),
    ],
)
def test_bad_folders(folder, damage, message):
    damage(folder)
    with pytest.raises(InputError, match=message):
        FolderSequence(folder)


def test_missing_folder(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder; a sequence is a folder with img/"):
        FolderSequence(tmp_path / "nowhere")


def test_a_written_clip_reads_back_the_same(tmp_path):
    clip = Clip(frames=2, width=64, height=48)
    write_folder(clip, tmp_path / "clip")
    read = FolderSequence(tmp_path / "clip")
    assert read.boxes == clip.boxes and len(read) == 2
    assert all((read.image(index) == clip.image(index)).all() for index in range(2))


def test_writing_leaves_nothing_half_done(tmp_path):
    clip = Clip(frames=1, width=64, height=48)
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="taken: exists already"):
        write_folder(clip, tmp_path / "taken")
    with pytest.raises(InputError, match="nowhere: no such folder"):
        write_folder(clip, tmp_path / "nowhere/clip")
    clip._image = None  # rendering fails
    with pytest.raises(TypeError):
        write_folder(clip, tmp_path / "clip")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the real video of {SHARED}")
def test_real_sequences_open():
    folders = [path for path in SHARED.iterdir() if path.is_dir()]
    assert len(folders) >= 5
    for path in folders:
        sequence = FolderSequence(path)
        assert len(sequence.boxes) == len(sequence)
        assert sequence.image(len(sequence) - 1).shape == (sequence.height, sequence.width, 3)


def test_empty_lines_between_boxes(folder):
    """Beside a line for every frame they say nothing; as a line of a frame, that it has no box."""
    (folder / "groundtruth_rect.txt").write_text("\n1,2,3,4\n\n2,2,3,4\n\n3,2,3,4\n")
    assert FolderSequence(folder).boxes == [(1, 2, 3, 4), (2, 2, 3, 4), (3, 2, 3, 4)]
    (folder / "groundtruth_rect.txt").write_text("1,2,3,4\n\n3,2,3,4\n")
    assert FolderSequence(folder).boxes == [(1, 2, 3, 4), None, (3, 2, 3, 4)]


def test_other_names_and_places(folder):
    """groundtruth.txt is taken where the usual name is missing, a polygon as VOT means it, and images beside
    it where there is no img/.
    """
    (folder / "groundtruth_rect.txt").rename(folder / "groundtruth.txt")
    assert FolderSequence(folder).box(0) == (1, 2, 10, 12)
    (folder / "groundtruth.txt").write_text("1,2,11,2,11,14,1,14\n")
    assert FolderSequence(folder).box(0) == pytest.approx((0.5, 1.5, 11, 13))
    for path in (folder / "img").iterdir():
        path.rename(folder / path.name)
    (folder / "img").rmdir()
    assert len(FolderSequence(folder)) == 3


def test_a_name_that_is_no_utf8(folder, tmp_path):
    """Its sequence has a name that every output takes."""
    other = tmp_path / "s\udcfcq"
    folder.rename(other)
    assert FolderSequence(other).name == r"s\xfcq"
