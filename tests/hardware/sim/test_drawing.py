import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pyte
import pytest

from hardware.sim.coverage import MAX_CELLS_A_SIDE, cover
from hardware.sim.drawing import draw_svg
from hardware.sim.samples import SAMPLES, sample_path
from hardware.sim.scenario import load_scenario
from hardware.sim.terminal import LEAST_WIDTH, draw_text
from hardware.sim.words import COLOURS, LEVELS_DBM, Words, limits_text, shade
from tests.hardware.sim.kit import floor, scenario

FRENCH = Words("fr", "Niveau", "Contesté", "Juste", "nœud", "écran", "caisse", "entrée", "mur")
ENGLISH = Words("en", "Level", "Contested", "Right", "node", "display", "till", "door", "wall")
SVG = "{http://www.w3.org/2000/svg}"


def test_a_cell_tells_the_best_node_its_zone_and_the_margin_over_other_zones() -> None:
    coverage = cover(scenario(floor=floor(walls=[])))
    rows = coverage.rows()
    assert (len(rows), coverage.columns, coverage.cell_m) == (12, 20, 0.5)
    left, middle = rows[6][1], rows[6][9]
    assert (left.node, left.decided, left.zone) == ("node-l", "left", "left")
    assert left.level_dbm > middle.level_dbm
    assert left.margin_db > 6.0 > middle.margin_db
    assert middle.is_contested
    # The nodes hang mirror-wise, and so do the zones.
    assert coverage.right_share == 1.0
    for row in rows:
        for cell, mirrored in zip(row, reversed(row), strict=True):
            assert cell.level_dbm == pytest.approx(mirrored.level_dbm)


def test_a_wall_shields_what_is_behind_it() -> None:
    free, walled = (
        cover(scenario(floor=floor(walls=walls, nodes={"n": {"at_m": [1, 3], "zone": "left"}})))
        for walls in ([], [{"from_m": [5, 0], "to_m": [5, 4], "loss_db": 7}])
    )
    behind = [one.level_dbm - other.level_dbm for one, other in zip(free.cells, walled.cells, strict=True)]
    assert {round(loss_db, 6) for loss_db in behind} == {0.0, 7.0}
    assert all(cell.margin_db == float("inf") for cell in free.cells)


def test_a_large_floor_gets_large_cells_and_one_without_zones_no_share() -> None:
    large = cover(scenario(floor=floor(width_m=500, depth_m=400)))
    assert large.columns == MAX_CELLS_A_SIDE
    bare = floor(zones={"left": {"areas": []}, "right": {"areas": []}})
    assert cover(scenario(floor=bare)).right_share is None
    assert "Right" not in draw_svg(scenario(floor=bare), ENGLISH)
    assert "Right" not in draw_text(scenario(floor=bare), 40, ENGLISH)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=lambda words: str(words.language))
def test_the_picture_is_well_formed_and_names_everything(name: str, words: Words) -> None:
    of = load_scenario(sample_path(name))
    root = ET.fromstring(draw_svg(of, words))  # noqa: S314 - our own document
    assert root.tag == f"{SVG}svg"
    texts = {text.text or "" for text in root.iter(f"{SVG}text")}
    assert set(of.floor.nodes) <= texts
    assert {words.node, words.display, words.till, words.door, words.wall} <= texts
    labels = {zone.label_fr if words.language == "fr" else zone.label_en for zone in of.floor.zones.values()}
    assert labels <= texts
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) < width
        assert 0 <= float(text.attrib["y"]) < height


def test_a_hostile_label_is_text_in_both_drawings() -> None:
    evil = floor(
        zones={"left": {"areas": [[0, 0, 5, 6]], "label_fr": "<b>\x1b[31m&"}, "right": {"areas": []}}
    )
    of = scenario(floor=evil)
    assert "<b>[31m&" in {text.text for text in ET.fromstring(draw_svg(of, FRENCH)).iter(f"{SVG}text")}  # noqa: S314
    assert "\x1b" not in draw_text(of, 60, FRENCH)


def test_the_text_is_as_wide_as_asked_and_plain() -> None:
    lines = draw_text(scenario(), 60, FRENCH).splitlines()
    drawing = lines[:18]
    assert all(len(line) <= 60 for line in drawing)
    assert re.fullmatch(r"[ .:\-=+*%NKTD#A-Za-z]+", "".join(drawing))
    assert " Gauche " in drawing[0]
    assert " right " in drawing[0]
    assert sum(line.count("#") for line in drawing) >= 12
    assert "N nœud  K écran  T caisse  D entrée  # mur" in lines
    assert lines[18] == "Niveau (dBm)"
    assert len(draw_text(scenario(), 3, FRENCH).splitlines()[1]) <= LEAST_WIDTH


def test_the_coloured_text_draws_two_shades_a_letter_on_a_real_terminal() -> None:
    of = scenario()
    screen = pyte.Screen(60, 30)
    stream = pyte.Stream(screen)
    stream.feed(draw_text(of, 60, ENGLISH, colours=True).replace("\n", "\r\n"))
    plain = draw_text(of, 60, ENGLISH).splitlines()
    palette = {"{:02x}{:02x}{:02x}".format(*colour) for colour in COLOURS}
    for row in range(18):
        for column in range(60):
            letter = screen.buffer[row][column]
            assert letter.bg in palette
            if letter.data == "▀":
                assert letter.fg in palette
            else:
                assert letter.data == plain[row][column]
                assert letter.fg in {"000000", "ffffff"}
    assert screen.buffer[18][0].bg == "default"
    assert "Level (dBm)" in screen.display[18]


def test_shades_rise_with_the_level_and_say_their_limits() -> None:
    assert [shade(level) for level in (-120.0, *LEVELS_DBM)] == list(range(len(COLOURS)))
    assert [limits_text(i) for i in (0, 1, 7)] == ["< −85", "≥ −85", "≥ −60"]
    luma = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in COLOURS]
    assert all(one < other for one, other in pairwise(luma))
