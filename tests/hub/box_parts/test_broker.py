"""Mosquitto as the box runs it: found, started, killed, and never left behind."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hardware.host import daemon
from hardware.host.errors import UnavailableError
from hub.box import broker as module
from hub.box.broker import Mosquitto, find_mosquitto
from hub.wire.mqtt import MqttBus
from tests.conftest import missing_part
from tests.hub.wire.harness import until

ROOT = Path(__file__).parents[3]


def accepts(port: int) -> bool:
    try:
        asyncio.run(_connect(port))
    except OSError:
        return False
    return True


async def _connect(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


def a_program(folder: Path, text: str) -> str:
    program = folder / "broker.sh"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o700)
    return str(program)


@pytest.mark.real
async def test_it_serves_on_loopback_until_it_is_stopped(mosquitto: Mosquitto) -> None:
    bus = MqttBus("127.0.0.1", mosquitto.port, "a", jitter=lambda: 0.5)
    await bus.start()
    await until(lambda: bus.connected)
    await bus.stop()
    port = mosquitto.port
    await mosquitto.stop()
    await mosquitto.stop()
    with pytest.raises(ConnectionError):
        await _connect(port)


@pytest.mark.real
async def test_killed_it_is_gone_and_restarted_it_is_back_on_its_port(mosquitto: Mosquitto) -> None:
    port = mosquitto.port
    await mosquitto.kill()
    await mosquitto.kill()
    with pytest.raises(ConnectionError):
        await _connect(port)
    await mosquitto.restart()
    assert mosquitto.port == port
    await _connect(port)


@pytest.mark.real
async def test_it_keeps_nothing_on_disk_but_its_configuration_and_its_log(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    async with Mosquitto(tmp_path) as broker:
        bus = MqttBus("127.0.0.1", broker.port, "canary-client", jitter=lambda: 0.5)
        await bus.start()
        await until(lambda: bus.connected)
        assert await bus.publish("canary-topic", b"canary-payload", retain=True)
        await bus.stop()
    left = sorted(path.name for path in tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs here
    assert left == ["mosquitto.conf", "mosquitto.log"]
    assert "canary" not in (tmp_path / "mosquitto.log").read_text()


@pytest.mark.real
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(3)", "os.kill(os.getpid(), 15)"])
def test_it_does_not_outlive_the_box_however_that_ends(tmp_path: Path, end: str) -> None:
    if find_mosquitto() is None:
        missing_part("Mosquitto is not installed")
    if "exit" not in end and shutil.which("setpriv") is None:
        missing_part("setpriv (util-linux) is not installed")
    box = f"""
import asyncio, os, sys
from pathlib import Path
from hub.box.broker import Mosquitto
async def main():
    broker = await Mosquitto(Path({str(tmp_path)!r})).__aenter__()
    print(broker.port, flush=True)
    {end}
asyncio.run(main())
"""
    run = subprocess.run([sys.executable, "-c", box], cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert run.returncode in (3, -signal.SIGKILL, -signal.SIGTERM), run.stderr
    port = int(run.stdout)
    for _ in range(100):
        if not accepts(port):
            return
        asyncio.run(asyncio.sleep(0.02))
    pytest.fail("the broker still listens")


def test_it_is_found_where_a_plain_users_path_does_not_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    outside = find_mosquitto()
    assert outside is None or outside.endswith("sbin/mosquitto")
    mine = tmp_path / "mosquitto"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o700)
    assert find_mosquitto() == str(mine)


async def test_not_installed_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_mosquitto", lambda: None)
    with pytest.raises(UnavailableError, match="not installed — install the package mosquitto"):
        await Mosquitto(tmp_path).__aenter__()


@pytest.mark.parametrize("setpriv", ["with", "without"])
async def test_a_program_that_cannot_be_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setpriv: str
) -> None:
    if setpriv == "without":
        monkeypatch.setattr(daemon, "_end_with_parent", lambda: ())
    with pytest.raises(UnavailableError, match="No such file or directory"):
        await Mosquitto(tmp_path, str(tmp_path / "missing")).__aenter__()


async def test_a_program_that_ends_at_once_is_named_with_its_last_word(tmp_path: Path) -> None:
    program = a_program(tmp_path, "echo 1: Error: no such thing >&2; echo >&2; exit 13")
    with pytest.raises(
        UnavailableError, match=r"ended at once with status 13; its last word: 1: Error: no such"
    ):
        await Mosquitto(tmp_path, program).__aenter__()


async def test_a_program_that_says_nothing_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="its last word: nothing"):
        await Mosquitto(tmp_path, a_program(tmp_path, "exit 1")).__aenter__()


async def test_a_port_taken_in_the_meantime_is_given_up_for_another(tmp_path: Path) -> None:
    if (real := find_mosquitto()) is None:
        missing_part("Mosquitto is not installed")
    program = a_program(
        tmp_path,
        f"test -e {tmp_path}/second || {{ touch {tmp_path}/second; echo Error: Address already in use >&2; exit 1; }}\n"
        f'exec {real} "$@"',
    )
    async with Mosquitto(tmp_path, program) as broker:
        await _connect(broker.port)


async def test_ports_that_are_always_taken_are_an_error(tmp_path: Path) -> None:
    program = a_program(
        tmp_path, f"echo x >> {tmp_path}/tries; echo Error: Address already in use >&2; exit 1"
    )
    with pytest.raises(UnavailableError, match="in use"):
        await Mosquitto(tmp_path, program).__aenter__()
    assert (tmp_path / "tries").read_text() == "x\n" * 3


async def test_a_program_that_never_listens_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "START_TIMEOUT_S", 0.2)
    program = a_program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with pytest.raises(UnavailableError, match=r"did not listen within 0\.2 s"):
        await Mosquitto(tmp_path, program).__aenter__()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path) -> None:
    program = a_program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    starting = asyncio.create_task(Mosquitto(tmp_path, program).__aenter__())
    pid_file = tmp_path / "pid"
    await until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    starting.cancel()
    await asyncio.wait([starting])
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_a_program_deaf_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "STOP_TIMEOUT_S", 0.2)
    if (real := find_mosquitto()) is None:
        missing_part("Mosquitto is not installed")
    # The trap comes first: a shell that waits for its child takes SIGTERM only with it.
    deaf = a_program(tmp_path, f"trap '' TERM\n{real} \"$@\" &\necho $! > {tmp_path}/child\nwait")
    async with Mosquitto(tmp_path, deaf) as broker:
        await _connect(broker.port)
    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


def test_a_broker_that_was_not_started_has_no_port(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        _ = Mosquitto(tmp_path).port
