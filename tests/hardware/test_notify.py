"""sd_notify(3) as a service speaks it, to a real datagram socket."""

from pathlib import Path

import pytest

from hardware.host.errors import UnavailableError
from hardware.host.notify import MAX_STATUS_CHARS, ServiceManager
from tests.hardware.manager import listening

PID = 4711


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_each_word_arrives_as_one_datagram(tmp_path: Path, kind: str) -> None:
    address = str(tmp_path / "notify") if kind == "path" else f"@{tmp_path}"
    with listening(address) as manager, ServiceManager(address) as told:
        told.ready()
        told.status("connected; radio hears")
        told.alive()
        told.stopping()
        assert manager.told == ["READY=1", "STATUS=connected; radio hears", "WATCHDOG=1", "STOPPING=1"]


def test_a_status_is_one_line_that_a_terminal_shows(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with listening(address) as manager, ServiceManager(address) as told:
        told.status("two\nlines\tand READY=1")
        told.status("x" * 5_000)
        assert manager.told == ["STATUS=two lines and READY=1", "STATUS=" + "x" * MAX_STATUS_CHARS]


def test_what_the_manager_said_is_taken_out_of_the_environment(tmp_path: Path) -> None:
    """No child may speak for us."""
    address = str(tmp_path / "notify")
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(PID), "HOME": "/"}
    with listening(address) as manager, ServiceManager.take_from(environ, PID) as told:
        assert environ == {"HOME": "/"}
        assert told.watchdog_s == 30.0
        told.ready()
        assert manager.told == ["READY=1"]


@pytest.mark.parametrize(
    ("variables", "watched"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "500000", "NOTIFY_SOCKET": ""}, None),
    ],
)
def test_a_watchdog_counts_only_if_it_is_ours_and_can_be_told(
    tmp_path: Path, variables: dict[str, str], watched: float | None
) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), **variables}
    with ServiceManager.take_from(environ, PID) as told:
        assert told.watchdog_s == watched


def test_without_a_manager_nobody_is_told() -> None:
    with ServiceManager.take_from({}, PID) as told:
        told.ready()
        told.stopping()
    assert told.watchdog_s is None


def test_a_manager_that_does_not_listen_stops_no_service(tmp_path: Path) -> None:
    with ServiceManager(str(tmp_path / "nobody")) as told:
        told.ready()


def test_an_address_we_do_not_speak_is_said() -> None:
    with pytest.raises(UnavailableError, match="NOTIFY_SOCKET"):
        ServiceManager.take_from({"NOTIFY_SOCKET": "vsock:2:1234"}, PID)
