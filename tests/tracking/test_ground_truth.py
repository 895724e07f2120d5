"""Files of boxes as people write them: columns with names, frames, decimal commas, comments, encodings."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.ground_truth import read_boxes

BOX, NEXT = (10, 20, 30, 40), (11, 20, 30, 40)
CORNERS = "10,20,40,60\n11,20,41,60"
SIZES = "10,20,30,40\n11,20,30,40"


@pytest.fixture
def boxes(tmp_path):
    """boxes(text, frames=3, regions=False): of a file that holds the text or bytes."""

    def read(text, frames=3, regions=False):
        path = tmp_path / "groundtruth.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_boxes(path, frames=frames, regions=regions)

    return read


@pytest.mark.parametrize("regions", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        *(f"{names}\n{SIZES}" for names in ("xmin,ymin,width,height", "bb_left,bb_top,bb_width,bb_height")),
        *(
            f"{names}\n{SIZES}"
            for names in ("x (px),y (px),w (px),h (px)", "X;Y;W;H", "x y w h", "(x,y,w,h)")
        ),
        *(f"{names}\n{CORNERS}" for names in ("xmin,ymin,xmax,ymax", "x1,y1,x2,y2", "x0\ty0\tx1\ty1")),
        *(f"{names}\n{CORNERS}" for names in ("left,top,right,bottom", "l,t,r,b", "# xmin ymin xmax ymax")),
        *(
            f"{names}\n{SIZES}"
            for names in ("x1,y1,w,h", "BX,BY,Width,Height", "x / px,y / px,w / px,h / px")
        ),
        *(
            f"{names}\n{SIZES}"
            for names in ("topLeftX,topLeftY,width,height", "ｘ，ｙ，ｗ，ｈ", "'x' 'y' 'w' 'h'")
        ),
        "cx,cy,w,h\n25,40,30,40\n26,40,30,40",
        "h,w,y,x\n40,30,20,10\n40,30,20,11",
        "bbox_x;bbox_y;bbox_w;bbox_h\n10,0;20;30;40\n11,0;20;30;40",
        f"sep=,\n{SIZES}",
        f"sep=;\nx;y;w;h\n{SIZES.replace(',', ';')}",
        f"; a comment, 2024\n{SIZES}",
        f"# frame 1: x, y of the car\n{SIZES}",
        "10,20,30,40 # the first\n11,20,30,40 // moved",
        '"10","20","30","40"\n"11","20","30","40"',
        "[10, 20, 30, 40]\n[11, 20, 30, 40]",
        "(10; 20; 30; 40)\n(11; 20; 30; 40)",
        "x=10, y=20, w=30, h=40\nx=11, y=20, w=30, h=40",
        '{"x": 10, "y": 20, "w": 30, "h": 40}\n{"x": 11, "y": 20, "w": 30, "h": 40}',
        "xmin=10 ymin=20 xmax=40 ymax=60\nxmin=11 ymin=20 xmax=41 ymax=60",
        "| x | y | w | h |\n|---|---|---|---|\n| 10 | 20 | 30 | 40 |\n| 11 | 20 | 30 | 40 |",
        "frame,x,y,w,h\n0,10,20,30,40\n1,11,20,30,40",
        "frame,x,y,w,h\n2,11,20,30,40\n1,10,20,30,40",
        ",x,y,w,h\n0,10,20,30,40\n1,11,20,30,40",
        "frame,id,label,x,y,w,h,conf\n1,7,red car,10,20,30,40,0.9\n2,7,red car,11,20,30,40,0.8",
        "10;20;30,0;40\n11;20;30;40",
        "10,20,30,40\n11\t20\t30\t40",
    ],
)
def test_two_boxes_in_many_ways(boxes, text, regions):
    assert boxes(text, regions=regions) == [BOX, NEXT]


def test_frames_that_a_table_leaves_out_have_no_box(boxes):
    assert boxes("frame,x,y,w,h\n1,10,20,30,40\n4,11,20,30,40", 5) == [BOX, None, None, NEXT]


@pytest.mark.parametrize(
    "nothing", ["nan,nan,nan,nan", "NaN", ",,,", '"","","",""', "-,-,-,-", "--;--;--;--", "0,0,0,0"]
)
def test_a_target_out_of_sight(boxes, nothing):
    assert boxes(f"10,20,30,40\n{nothing}\n11,20,30,40") == [BOX, None, NEXT]


def test_rows_without_a_box(boxes):
    assert boxes("frame,x,y,w,h\n0,10,20,30,40\n1,,,,\n2,11,20,30,40") == [BOX, None, NEXT]
    assert boxes("x;y;w;h;label\n10;20;30;40;car\n;;;;car\n11;20;30;40;car") == [BOX, None, NEXT]


@pytest.mark.parametrize("end", ["\u2028", "\x0c", "\x85", "\r\r\n"])
def test_ends_of_lines_of_any_system(boxes, end):
    assert boxes(SIZES.replace("\n", end), regions=True) == [BOX, NEXT]


def test_thousands_are_told_from_decimals_by_the_other_lines(boxes):
    one, other = boxes("1.234;20;30;40\n1.234,5;20;30;40")
    assert (one.x, other.x) == (1234, 1234.5)
    one, other = boxes("x;y;w;h\n1.234;20;30;40\n1,5;20,5;30,5;40,5")
    assert (one.x, other) == (1234, (1.5, 20.5, 30.5, 40.5))
    assert boxes("12.345,20,30,40") == [(12.345, 20, 30, 40)]
    assert boxes("1.234,20,30,40\n1.5,20,30,40")[0] == (1.234, 20, 30, 40)
    assert boxes("1.234\t20.125\t30.125\t40.125") == [(1.234, 20.125, 30.125, 40.125)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.234,5;20,0;30,0;40,0", "line 1: can be read in two ways, with commas between numbers or in them"),
        ("12,5;20,0;30,0;40,0", "name the columns in a first line"),
        ("10,5, 20,5, 30,5, 40,5", "line 1: can be read in two ways"),
        ("12,5,30,0,40,2,50,0", "line 1: can be read in two ways, as a polygon, whose corners go around no"),
        ("10,5,20,5,30,5,40,5", "or with decimal commas"),
        ("1,234;20;30;40\n1,334;20;30;40", "line 1: can be read in two ways, with marks of thousands"),
        ("1.5;20;30;40\n1,5;20;30;40", "line 2: has decimals with a comma, where line 1 has them with a p"),
        ("foo,bar,baz,qux\n1,2,3,4", "line 1: names columns that are not known, 'foo', 'bar', 'baz', 'qux'"),
        ("x (mm),y (mm),w,h\n1,2,3,4", r"columns that are not known, 'x \(mm\)', 'y \(mm\)'; known are x,y"),
        ("x,y,w,h,occluded\n1,2,3,4,1", "line 1: names columns that are not known, 'occluded'"),
        ("x,y,xmax\n1,2,3", "line 1: names columns that make no box: x, y, xmax; known are"),
        ("x,xmin,y,w,h\n1,2,3,4,5", "line 1: names two columns of x"),
        ("frame,x,y,w,h\n1,2,3,4", "line 2: must be 5 values frame, x, y, w, h as the first line names them"),
        ("frame,x,y,w,h\n1.5,2,3,4,5", "line 2: the frame must be a whole number, not 1.5"),
        ("frame,x,y,w,h\n7,2,3,4,5", "line 2: the first frame must be 0 or 1, .* not 7"),
        ("frame,x,y,w,h\n0,2,3,4,5\n0,2,3,4,5", "line 3: frame 0 has a second box"),
        ("frame,x,y,w,h\n0,2,3,4,5\n3,2,3,4,5", "line 3: frame 3 is not there; the sequence has 3 frames"),
        ("frame,id,x,y,w,h\n0,1,2,3,4,5\n1,2,2,3,4,5", "line 3: id is '2', and '1' before; .* one target"),
        ("frame=1 x=2 y=3 w=4 h=5", "line 1: names a frame"),
        ("x=1 y=2 w=3 h=a", "line 1: must be numbers with their names"),
        ("# corners xmin ymin xmax ymax in pixels\n1,2,3,4", "line 1: is a comment that speaks of other num"),
        ("# centre cx, cy and size\n1,2,3,4", "line 1: is a comment that speaks of other numbers"),
        ("1,1,10,20,30,40,1,-1,-1,-1", "which has 10 numbers; a first line that names the columns, such as"),
        (";10,20,30,40", "line 1: must be four numbers"),
        ("0.5,0.5,0.1,0.2", "line 1: has shares of the picture; must be x,y,w,h in pixels"),
        ("x_center,y_center,w,h\n0.5,0.5,0.1,0.2", "line 2: has shares of the picture"),
        (
            "左,上,幅,高\n1,2,3,4".encode("shift_jis"),
            "line 1: is no text in an encoding that is known; these",
        ),
        (SIZES * 2, "line 2: must be four numbers"),
        ("1.234;567;89;100", "in two ways, with marks of thousands or of decimals: .* all decimals as 1.0"),
        ("1.234,567,89,100", "line 1: can be read in two ways, with marks of thousands"),
        ('"1.234","567","89","100"', "line 1: can be read in two ways, with marks of thousands"),
        ("2804,6,746,3,599,4,303,7", "line 1: can be read in two ways, as a polygon"),
        ("2011,04,1506,34,230,49,631,18", "line 1: can be read in two ways, as a polygon"),
        ("1\u00a0420,67,1\u00a0904,15,796,41,75,87", "line 1: can be read in two ways"),
        ("337,4,1741,1,1142,0,57,4", "line 1: can be read in two ways, as a polygon"),
        ("x y w h\n1.234 567 89 100", "line 2: can be read in two ways, with marks of thousands"),
        ("10.5,20.5,30.5,40.5\n1,5;2,5;3,5;4,5", "line 2: can be read in two ways, with commas between"),
        ("1,5, 20, 30, 40", "which has 5 numbers"),
        (f"{SIZES}\n#10,20,30,40", "line 3: is a box that is made a comment"),
        ("frame,x,y,w,h\n0,10,20,30,40\n1,,20,,", "line 3: must be 5 values"),
    ],
)
def test_what_cannot_be_told_is_refused(boxes, text, message):
    with pytest.raises(InputError, match=rf"groundtruth\.txt, .*{message}"):
        boxes(text, regions=True)


def test_one_frame(boxes):
    with pytest.raises(InputError, match="has 2 boxes for 1 frame; at most one line a frame is accepted"):
        boxes(SIZES, 1)
    with pytest.raises(InputError, match="frame 1 is not there; the sequence has 1 frame, counted from 0"):
        boxes("frame,x,y,w,h\n0,2,3,4,5\n1,2,3,4,5", 1)


def test_polygons(boxes):
    square = (9.5, 19.5, 21, 21)
    for text in (
        "10,20,30,20,30,40,10,40",
        "[[10, 20], [30, 20], [30, 40], [10, 40]]",
        "x1,y1,x2,y2,x3,y3,x4,y4\n10,20,30,20,30,40,10,40",
    ):
        assert boxes(text, regions=True) == [square]
        with pytest.raises(InputError, match="polygon"):
            boxes(text)


def test_a_polygon_of_one_point_is_out_of_sight(boxes):
    square = "10,20,30,20,30,40,10,40"
    assert boxes(f"{square}\n0,0,0,0,0,0,0,0\n{square}", regions=True)[1] is None
    assert boxes(f"{square}\nnan,nan,nan,nan,nan,nan,nan,nan\n{square}", regions=True)[1] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[10,20,30,40],[11,20,30,40]]", "holds several boxes"),
        ("10,20,30,40;11,20,30,40", "must be the corners of a polygon one after another around it"),
        ("10.5,20,30,40,11.5,20,30,40", "one after another around it"),
        ("10.5,20.5,40.5,20.5,10.5,40.5,40.5,40.5", "one after another around it"),
    ],
)
def test_eight_numbers_that_are_no_polygon(boxes, text, message):
    with pytest.raises(InputError, match=f"line 1: .*{message}"):
        boxes(text, regions=True)


@pytest.mark.parametrize("end", [b"\0", b"\0\0\0\0", b"\x1a\0\0"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "utf-32-be"])
def test_zeros_at_the_end(boxes, encoding, end):
    end = end.replace(b"\x1a", "\x1a".encode(encoding.replace("utf-16", "utf-16-le").replace("-le-", "-")))
    assert boxes(SIZES.encode(encoding) + end) == [BOX, NEXT]


@pytest.mark.parametrize("encoding", ["shift_jis", "gbk", "euc-jp", "utf-16-le", "utf-16-be"])
def test_a_comment_in_any_encoding(boxes, encoding):
    assert boxes(f"# 座標座標座標座標座標\n{SIZES}".encode(encoding)) == [BOX, NEXT]
