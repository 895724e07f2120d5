"""The numbers in a line, in the ways in which people and their programs write them."""

import math

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.numbers import labelled, parse_numbers, readings, settled, simple


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("12,5;30;40,2;50,1", [12.5, 30, 40.2, 50.1]),
        ("12,5\t30\t40,2\t50", [12.5, 30, 40.2, 50]),
        ("1,2,3,4,5,6,7,8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("1, 2, 3, 4, 5, 6, 7, 8", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("1.5,2 3,4 5,6 7,8", [1.5, 2, 3, 4, 5, 6, 7, 8]),
        ("1,2 3,4", [1, 2, 3, 4]),
        ("123.456\t234.567\t45.000\t67.000", [123.456, 234.567, 45, 67]),
    ],
)
def test_commas_between_numbers_and_in_them(line, numbers):
    assert parse_numbers(line, (4, 8), "numbers") == numbers


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("1.234,5;20;30;40", 1234.5),
        ('"1,234.5","20","30","40"', 1234.5),
        ("1,234.5\t20\t30\t40", 1234.5),
        ("1'234.5;20;30;40", 1234.5),
        ("1\u2019234,5;20;30;40", 1234.5),
        ("1\u00a0234,5;20;30;40", 1234.5),
        ("1\u202f234;20;30;40", 1234),
        ('"12,5","20","30","40"', 12.5),
        ('="12,5";"20";"30";"40"', 12.5),
        ("'12','20','30','40'", 12),
        ("\u00ab12\u00bb;\u00ab20\u00bb;30;40", 12),
        ('"12,20,30,40"', 12),
        ("[12, 20, 30, 40]", 12),
        ("(12 20 30 40)", 12),
        ("Rect(12, 20, 30, 40)", 12),
        ("(np.float64(12.5), np.float64(20.0), np.int64(30), np.int64(40))", 12.5),
        ("| 12 | 20 | 30 | 40 |", 12),
        ("12px, 20px, 30 px, 40px", 12),
        ("\uff11\uff12\uff0c\uff12\uff10\uff0c\uff13\uff10\uff0c\uff14\uff10", 12),
        ("\u0661\u0662\u066b\u0665\u060c\u0662\u0660\u060c\u0663\u0660\u060c\u0664\u0660", 12.5),
        ("\u22125 20 30 40", -5),
        ("\u20135,20,30,40", -5),
        ("0,250;20;30;40", 0.25),
        ("\ufeff12\u200e,20,30,40", 12),
        ("1.2e1,20,30,40", 12),
    ],
)
def test_one_number_in_many_ways(line, first):
    assert parse_numbers(line, (4,), "numbers") == [first, 20, 30, 40]


@pytest.mark.parametrize("line", ["null,null,null,null", "NaN;NaN;NaN;NaN", "-nan(ind) n/a 1.#QNAN None"])
def test_nothing(line):
    assert all(map(math.isnan, parse_numbers(line, (4,), "numbers")))


@pytest.mark.parametrize(
    "line",
    [
        *("1,2 3,4 5,6 7,8", "1,2;3,4;5,6;7,8", "1,2\t3,4\t5,6\t7,8", "1,5, 2,5, 3,5, 4,5"),
        *("1.234,5;20,0;30,0;40,0", "1.234,56 20,00 30,00 40,00"),
    ],
)
@pytest.mark.parametrize("counts", [(4,), (4, 8)])
def test_a_box_or_a_polygon(line, counts):
    with pytest.raises(InputError, match="can be read in two ways, with commas between numbers or in them"):
        parse_numbers(line, counts, "numbers")


@pytest.mark.parametrize("line", ["1,234;20;30;40", "1,234\t2,345\t300\t400", '"1,234","20","30","40"'])
def test_thousands_or_decimals(line):
    with pytest.raises(InputError, match="can be read in two ways, with marks of thousands or of decimals"):
        parse_numbers(line, (4,), "numbers")


def test_a_polygon_where_a_box_is_accepted():
    with pytest.raises(InputError, match="not 8 numbers, which are a polygon as --dataset vot takes it"):
        parse_numbers("1,2,3,4,5,6,7,8", (4,), "four numbers")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,1,10,20,30,40,1,-1", "not 8 numbers"),
        ("1,1,10,20,30,40,1,-1,-1,-1", "which has 10 numbers; a first line that names the columns"),
        ("0 0.5 0.5 0.1 0.2", "which has 5 numbers"),
        ("(10,20),(30,40)", "two points, which may be two corners"),
        ("[1,2,3,4", "must be four numbers separated by"),
        ("1 234;20;30;40", "which has 5 numbers"),
        ("1,23,456;20;30;40", "must be four numbers"),
        ("10%,20%,30%,40%", "must be four numbers"),
        ("1_0,2,3,4", "must be four numbers"),
        ("\u00b2,1,1,1", "must be four numbers"),
    ],
)
def test_what_is_no_box(line, message):
    with pytest.raises(InputError, match=message):
        parse_numbers(line, (4,), "four numbers")


def ways(*lines):
    return [(f"line {number}", line, readings(line, (4, 8))) for number, line in enumerate(lines, start=1)]


def test_the_other_lines_of_a_file_settle_what_one_leaves_open():
    one, other = settled(ways("1,234;20;30;40", "12,5;20;30;40"))
    assert one.numbers == (1.234, 20, 30, 40) and other.numbers[0] == 12.5
    one, other = settled(ways("1,234\t20\t30\t40", "12.5\t20\t30\t40"))
    assert one.numbers[0] == 1234 and other.numbers[0] == 12.5
    one, other = settled(ways("1.234;20;30;40", "12,5;20;30;40"))
    assert one.numbers[0] == 1234 and other.numbers[0] == 12.5
    one, other = settled(ways("1,2 3,4 5,6 7,8", "1.5,2 3,4 5,6 7,8"))
    assert len(one.numbers) == len(other.numbers) == 8


def test_two_marks_in_one_file_are_refused():
    with pytest.raises(InputError, match="line 2: has decimals with a comma, where line 1 has them with a p"):
        settled(ways("1.5;20;30;40", "12,5;20;30;40"))


def test_lines_of_programs_are_read_quickly_and_alike():
    for line in ("1,2,3,4", "1.5\t2\t3\t4e1", "1 2 3 4", "1;2;3;4 "):
        assert simple(line).numbers == tuple(parse_numbers(line, (4,), "numbers"))
    for line in ("1,5;2;3;4", "1,2 3,4", "1,2,3", "1,2,3,--4", "1,2,3,4,5,6,7,8", "x"):
        assert simple(line) is None
    assert len(simple("1,2,3,4,5,6,7,8", (4, 8)).numbers) == 8
    assert all(map(math.isnan, simple("nan,nan,NaN,NaN").numbers))


def test_names_beside_the_numbers():
    assert labelled('{"x": 1, "y": 2.5, "w": 3, "h": 4}') == (["x", "y", "w", "h"], ["1", "2.5", "3", "4"])
    assert labelled("x=12,5; y=2; w=3; h=4")[1] == ["12,5", "2", "3", "4"]
    assert labelled("1,2,3,4") is None and labelled("10:20:30:40") is None and labelled("x=1 2") is None
