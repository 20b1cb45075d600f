"""Logging: one line an event, at the level asked for, and never a radio library's payloads."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from hardware.host.journal import PAYLOAD_LOGGERS, configure_logging, logged_at_debug


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the process's logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in PAYLOAD_LOGGERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    structlog.reset_defaults()


def test_an_event_is_one_line_with_time_level_and_event_first() -> None:
    out = io.StringIO()
    configure_logging("info", out)
    structlog.get_logger().info("hub_stopped", store="lyon")
    line = out.getvalue()
    assert line.count("\n") == 1
    keys = [part.partition("=")[0] for part in line.split()]
    assert keys == ["timestamp", "level", "event", "store"]
    assert "Z'" in line.split()[0], "UTC"


def test_a_value_with_line_breaks_stays_one_line() -> None:
    out = io.StringIO()
    configure_logging("info", out)
    structlog.get_logger().info("garbage", reason="one\ntwo\rthree\x1b[31m")
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("level", "told"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_what_is_below_the_level_is_not_told_by_ours_nor_by_others(level: str, told: int) -> None:
    out = io.StringIO()
    configure_logging(level, out)
    ours, others = structlog.get_logger(), logging.getLogger("somebody")
    for name in ("debug", "info", "warning", "error"):
        getattr(ours, name)("ours")
        getattr(others, name)("theirs")
    lines = out.getvalue().splitlines()
    assert sum("ours" in line for line in lines) == told
    assert sum("theirs" in line for line in lines) == told


@pytest.mark.parametrize("library", PAYLOAD_LOGGERS)
def test_c10_radio_libraries_never_log_payloads_whatever_is_asked_for(library: str) -> None:
    out = io.StringIO()
    configure_logging("debug", out)
    logging.getLogger(f"{library}.deep.inside").debug("payload 0201060303aafe")
    logging.getLogger(f"{library}.deep.inside").info("scanner started")
    assert "payload" not in out.getvalue()
    assert "scanner started" in out.getvalue()


def test_the_default_is_standard_error_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "loud" in printed.err
    assert "quiet" not in printed.err


def test_a_wrong_level_is_a_bug() -> None:
    with pytest.raises(KeyError):
        configure_logging("shouting")


def test_a_second_stream_gets_everything_and_the_first_what_was_asked_for() -> None:
    asked, everything = io.StringIO(), io.StringIO()
    configure_logging("warning", asked)
    with logged_at_debug(everything):
        structlog.get_logger().debug("ours_quiet")
        logging.getLogger("theirs").debug("theirs_quiet")
        structlog.get_logger().warning("ours_loud")
        logging.getLogger("theirs").warning("theirs_loud")
        for name in PAYLOAD_LOGGERS:
            logging.getLogger(name).debug("payload")
    structlog.get_logger().debug("later")
    logging.getLogger("theirs").debug("later")
    assert [word in asked.getvalue() for word in ("quiet", "ours_loud", "theirs_loud")] == [False, True, True]
    for word in ("ours_quiet", "theirs_quiet", "ours_loud", "theirs_loud"):
        assert everything.getvalue().count(word) == 1
    assert "payload" not in everything.getvalue()
    assert "later" not in asked.getvalue() + everything.getvalue()
