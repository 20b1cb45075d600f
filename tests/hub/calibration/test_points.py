"""Where to stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.host.errors import DataError
from hub.calibration.points import MAX_POINTS, Place, parse_place, propose, read_places
from hub.config import AreaConfig

AREA = AreaConfig(x0_m=0.0, y0_m=0.0, x1_m=8.0, y1_m=6.0)


def test_the_grid_is_walked_to_and_fro() -> None:
    assert propose([AREA], 4.0) == (Place(2.0, 1.5), Place(6.0, 1.5), Place(6.0, 4.5), Place(2.0, 4.5))


def test_a_small_area_has_a_point_in_its_middle() -> None:
    assert propose([AreaConfig(x0_m=1, y0_m=1, x1_m=2, y1_m=2)], 3.0) == (Place(1.5, 1.5),)


@given(st.floats(0.6, 30.0), st.floats(1.0, 40.0), st.floats(1.0, 40.0))
def test_every_point_lies_in_its_area_and_none_twice(
    spacing_m: float, width_m: float, depth_m: float
) -> None:
    area = AreaConfig(x0_m=-3.0, y0_m=2.0, x1_m=-3.0 + width_m, y1_m=2.0 + depth_m)
    try:
        places = propose([area], spacing_m)
    except DataError:
        assert width_m * depth_m / spacing_m**2 > MAX_POINTS / 4
        return
    assert all(area.holds(place.x_m, place.y_m) for place in places)
    assert len(set(places)) == len(places)


def test_too_fine_a_grid_and_no_area_are_told() -> None:
    with pytest.raises(DataError, match="--spacing"):
        propose([AREA], 0.0001)
    with pytest.raises(DataError, match="areas"):
        propose([], 3.0)


@pytest.mark.parametrize("text", ["4.0 2.5", "4,0 2,5", "4,0; 2,5", " 4;2.5 "])
def test_a_place_is_typed_as_people_write(text: str) -> None:
    assert parse_place(text) == Place(4.0, 2.5)


@pytest.mark.parametrize("text", ["", "4", "4 x", "nan 1", "inf 1", "1 2 3", "4.0,2.5", "20000 1"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert parse_place(text) is None


def test_a_file_of_points_names_the_line_that_is_none() -> None:
    assert read_places(["# x y", "1 2  # door", "", "3 4"], "f") == (Place(1, 2), Place(3, 4))
    with pytest.raises(DataError, match="f, line 2"):
        read_places(["1 2", "three"], "f")
    with pytest.raises(DataError, match="0 points"):
        read_places([], "f")
