import numpy as np

from siammixer.golden.response import cells, peak


def test_cells_lie_channel_after_channel_row_by_row():
    response = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    assert cells(response).tolist() == [
        *range(0, 24, 4),
        *range(1, 24, 4),
        *range(2, 24, 4),
        *range(3, 24, 4),
    ]


def test_the_peak_is_the_first_of_equal_ones():
    response = np.full((4, 5, 1), -9, np.int32)
    assert peak(cells(response)) == (0, -9)
    response[2, 1] = response[1, 3] = response[1, 4] = -5
    assert peak(cells(response)) == (8, -5)


def test_the_peak_counts_every_channel():
    response = np.full((2, 3, 2), -4, np.int32)
    response[1, 2, 0] = response[0, 1, 1] = 7
    assert peak(cells(response)) == (5, 7)
    response[1, 0, 1] = 8
    assert peak(cells(response)) == (9, 8)
