"""People's own data, in every layout: names beyond ASCII, any encoding, one broken sequence."""

import unicodedata

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.datasets import list_dataset, open_dataset, read_entries
from siammixer.tracking.datasets.files import read_labels

GOOD, BROKEN = "Übung-2", "Fehler-1"
BOXES = ("1,1,4,4", "2,1,4,4")


def otb(root, frames, name):
    frames(root / name / "img", (1, 2))
    return root / name / "groundtruth_rect.txt"


def uav123(root, frames, name):
    frames(root / "data_seq/UAV123" / name, (1, 2), "{:06d}.jpg")
    return root / "anno/UAV123" / f"{name}.txt"


def got10k(root, frames, name):
    frames(root / "val" / name, (1, 2), "{:08d}.jpg")
    return root / "val" / name / "groundtruth.txt"


def lasot(root, frames, name):
    frames(root / name.rpartition("-")[0] / name / "img", (1, 2), "{:08d}.jpg")
    return root / name.rpartition("-")[0] / name / "groundtruth.txt"


def vot(root, frames, name):
    frames(root / name / "color", (1, 2), "{:08d}.jpg")
    return root / name / "groundtruth.txt"


LAYOUTS = {function.__name__: function for function in (otb, uav123, got10k, lasot, vot)}
LISTS = {"got10k": "val/list.txt", "lasot": "testing_set.txt", "vot": "list.txt"}
SPLIT = {"lasot": "test"}


@pytest.fixture
def tree(tmp_path, frames):
    """tree(kind, encoding): a sequence GOOD in that layout, its boxes and the list in the encoding."""

    def make(kind, encoding="utf-8", names=(GOOD,)):
        for name in names:
            path = LAYOUTS[kind](tmp_path, frames, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes("\r\n".join(BOXES).encode(encoding))
        if kind in LISTS:
            (tmp_path / LISTS[kind]).write_bytes("\r\n".join([*names, "", ""]).encode(encoding))
        return tmp_path

    return make


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("kind", LAYOUTS)
def test_encodings_and_names(kind, encoding, tree):
    (sequence,) = open_dataset(kind, tree(kind, encoding), SPLIT.get(kind))
    assert sequence.name == GOOD and sequence.boxes == [(1, 1, 4, 4), (2, 1, 4, 4)]
    assert sequence.image(1).shape == (12, 16, 3)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_writes_letters_in_the_other_way(kind, tree):
    """Apple's systems take letters apart, and a list comes from another system."""
    root = tree(kind)
    path = root / LISTS[kind]
    path.write_text(unicodedata.normalize("NFD", GOOD), encoding="utf-8")
    (sequence,) = open_dataset(kind, root, SPLIT.get(kind))
    assert len(sequence) == 2


@pytest.mark.parametrize("kind", LAYOUTS)
def test_labels_and_boxes_end_in_separators(kind, tree):
    root = tree(kind)
    for path in root.rglob("*.txt"):
        if path.read_text(encoding="utf-8").startswith("1,"):
            path.write_text("1;1;4;4;\n2;1;4;4;\n\n", encoding="utf-8")
            for name in ("absence.label", "full_occlusion.txt"):
                path.with_name(name).write_text("0, 0,\n" if kind in ("got10k", "lasot") else "")
    if kind == "uav123":
        (root / "anno/UAV123/absence.label").unlink()
        (root / "anno/UAV123/full_occlusion.txt").unlink()
    (sequence,) = open_dataset(kind, root, SPLIT.get(kind))
    assert sequence.boxes == [(1, 1, 4, 4), (2, 1, 4, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "xmin,ymin,xmax,ymax\n1,1,5,5\n2,1,6,5",
        "frame;x;y;w;h\n1;1,0;1;4;4\n2;2,0;1;4;4",
        '; bb\n"1","1","4","4"\n"2","1","4","4"',
        "[1, 1, 4, 4]\n[2, 1, 4, 4]\n\0\0",
        "sep=;\nx (px);y (px);w (px);h (px)\n1;1;4;4\n2;1;4;4",
    ],
)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_boxes_as_people_write_them(kind, text, tree, frames):
    root = tree(kind)
    LAYOUTS[kind](root, frames, GOOD).write_text(text)
    (sequence,) = open_dataset(kind, root, SPLIT.get(kind))
    assert sequence.boxes == [(1, 1, 4, 4), (2, 1, 4, 4)]


@pytest.mark.parametrize("kind", LISTS)
def test_lists_as_people_write_them(kind, tree):
    root = tree(kind)
    (root / LISTS[kind]).write_text(f'# all\n"{GOOD}",\n\0', encoding="utf-8")
    assert [entry.name for entry in list_dataset(kind, root, SPLIT.get(kind))] == [GOOD]
    (root / LISTS[kind]).write_bytes("レース".encode("shift_jis"))
    with pytest.raises(InputError, match="in an encoding that is known; these are UTF-8"):
        list_dataset(kind, root, SPLIT.get(kind))


@pytest.mark.parametrize(
    "text", ["# out\n0\n1", "absence\n0\n1", "[0, 1]", '"0";"1"', "\uff10 1", "0.0\n1.0\n\0"]
)
def test_labels_as_people_write_them(text, tmp_path):
    (tmp_path / "absence.label").write_text(text, encoding="utf-8")
    assert read_labels(tmp_path / "absence.label", 2) == [0, 1]


@pytest.mark.parametrize("text", ["0\n0.5", "0\nnan", "0,inf", "0\nx", ""])
def test_labels_that_are_none(text, tmp_path):
    (tmp_path / "absence.label").write_text(text)
    with pytest.raises(InputError, match=r"absence\.label: must hold whole numbers"):
        read_labels(tmp_path / "absence.label", 2)


@pytest.mark.parametrize("damage", ["boxes", "frames", "text"])
@pytest.mark.parametrize("kind", LAYOUTS)
def test_only_what_is_asked_for_is_read(kind, damage, tree, frames):
    root = tree(kind, names=(GOOD, BROKEN))
    path = LAYOUTS[kind](root, frames, BROKEN)
    if damage == "boxes" and kind in ("otb", *LISTS):
        path.unlink()
    elif damage == "frames":
        for image in root.rglob("*.jpg"):
            if BROKEN in str(image):
                image.unlink()
    else:
        path.write_text("a box\n")
    entries = {entry.name: entry for entry in list_dataset(kind, root, SPLIT.get(kind))}
    if kind == "vot" and damage == "boxes":
        assert set(entries) == {GOOD, BROKEN}
    assert entries[GOOD].read().boxes == [(1, 1, 4, 4), (2, 1, 4, 4)]
    sequences, problems = read_entries(entries.values())
    assert [one.name for one in sequences] == [GOOD] and list(problems) == [BROKEN]
    with pytest.raises(InputError, match=BROKEN):
        open_dataset(kind, root, SPLIT.get(kind))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_pixels_as_they_are_stored(kind, tree, frames):
    (sequence,) = open_dataset(kind, tree(kind), SPLIT.get(kind), upright=False)
    assert not sequence.upright and sequence.boxes == [(1, 1, 4, 4), (2, 1, 4, 4)]


def test_what_systems_leave_behind(tree):
    """Hidden files and folders, and links that lead in a circle, are no sequences."""
    root = tree("otb")
    (root / ".Trash/img").mkdir(parents=True)
    (root / "circle").symlink_to(root / "circle")
    (root / "._Übung-2").write_bytes(b"\0\5\26\7")
    (root / GOOD / "img/._0001.jpg").write_bytes(b"\0\5\26\7")
    (sequence,) = open_dataset("otb", root)
    assert len(sequence) == 2


def test_an_annotation_without_frames_is_named(tree):
    root = tree("otb")
    (root / "Leer").mkdir()
    (root / "Leer/groundtruth_rect.txt").write_text("1,1,4,4\n")
    with pytest.raises(InputError, match=r"Leer/img: no such folder"):
        open_dataset("otb", root)


def test_two_images_of_one_number(tmp_path, tree):
    root = tree("uav123")
    folder = root / "data_seq/UAV123" / GOOD
    (folder / "000001.jpg").rename(folder / "a1_000002.jpg")
    (folder / "000002.jpg").rename(folder / "a2_000002.jpg")
    with pytest.raises(InputError, match="must hold one image for each number; 1 are too many"):
        open_dataset("uav123", root)
