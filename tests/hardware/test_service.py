"""A room's work as a service: told when ready, ended by signals, within a limit, and never silently broken."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.host import service as service_module
from hardware.host.errors import StorageError, UnavailableError
from hardware.host.notify import ServiceManager
from hardware.host.service import Service, StuckError, serve, unavailable_on
from tests.hardware.manager import Manager, listening


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with listening(str(tmp_path / "notify")) as manager:
        yield manager


class Room:
    """Works until it is cancelled or left; remembers its goodbye."""

    def __init__(self) -> None:
        self.ready, self.left = asyncio.Event(), asyncio.Event()
        self.goodbyes = 0
        self.goodbye_s = 0.0
        self.sentence = "works"

    async def work(self) -> int:
        self.ready.set()
        try:
            await self.left.wait()
        finally:
            await asyncio.sleep(self.goodbye_s)
            self.goodbyes += 1
        return 7

    def status(self) -> str:
        return self.sentence

    def service(self, **more: object) -> Service:
        return Service("room", self.work, self.ready, self.status, **more)  # type: ignore[arg-type] # a test's options


async def test_ready_then_stopping_then_0_at_sigterm(manager: Manager) -> None:
    room = Room()
    running = asyncio.create_task(serve(room.service(), ServiceManager(manager.address)))
    await manager.until(lambda told: "READY=1" in told.states)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert manager.states == ["READY=1", "STOPPING=1"]
    assert manager.status == "works"
    assert room.goodbyes == 1


async def test_what_never_got_ready_is_never_told_ready(manager: Manager) -> None:
    room = Room()

    async def work() -> int:
        return await asyncio.sleep(60, 0)

    waiting = Service("room", work, room.ready, room.status)
    running = asyncio.create_task(serve(waiting, ServiceManager(manager.address)))
    await manager.until(lambda told: told.status == "works")
    os.kill(os.getpid(), signal.SIGINT)
    assert await running == 0
    assert manager.states == ["STOPPING=1"]


async def test_a_work_that_leaves_by_itself_gives_its_own_code(manager: Manager) -> None:
    room = Room()
    options = {"leave": room.left.set, "signals": (signal.SIGHUP,)}
    running = asyncio.create_task(serve(room.service(**options), ServiceManager(manager.address)))
    await manager.until(lambda told: "READY=1" in told.states)
    for _ in range(2):  # an impatient person is told once
        os.kill(os.getpid(), signal.SIGHUP)
    assert await running == 7
    assert manager.states == ["READY=1", "STOPPING=1"]


async def test_a_work_that_ends_is_the_services_end(manager: Manager) -> None:
    room = Room()
    room.left.set()
    assert await serve(room.service(), ServiceManager(manager.address)) == 7
    assert "STOPPING=1" not in manager.states


async def test_what_ends_the_work_comes_out() -> None:
    room = Room()

    async def work() -> int:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError, match="disk is full"):
        await serve(Service("room", work, room.ready, room.status), ServiceManager())


async def test_a_faulty_callback_ends_the_service_after_its_goodbye() -> None:
    room = Room()

    def fault() -> None:
        raise StorageError("a callback's fault")

    asyncio.get_running_loop().call_later(0.05, fault)
    with pytest.raises(StorageError, match="callback's fault"):
        await serve(room.service(), ServiceManager())
    assert room.goodbyes == 1


async def test_a_status_that_cannot_be_had_ends_the_service() -> None:
    """Never log and go on: what the status reads, the work needs."""
    room = Room()

    def broken() -> str:
        raise StorageError("the outbox is gone")

    with pytest.raises(StorageError, match="outbox is gone"):
        await serve(Service("room", room.work, room.ready, broken), ServiceManager())
    assert room.goodbyes == 1


async def test_who_does_not_end_in_time_is_cut_short_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "STOP_LIMIT_S", 0.05)
    room = Room()
    room.goodbye_s = 60.0
    running = asyncio.create_task(serve(room.service(), ServiceManager()))
    await room.ready.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(StuckError, match="room: did not end within"):
        await running
    assert room.goodbyes == 0


async def test_cancelled_from_outside_the_work_says_goodbye() -> None:
    room = Room()
    running = asyncio.create_task(serve(room.service(), ServiceManager()))
    await room.ready.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert room.goodbyes == 1


async def test_a_changed_status_is_told_once(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "STATUS_EVERY_S", 0.01)
    room = Room()
    running = asyncio.create_task(serve(room.service(), ServiceManager(manager.address)))
    await manager.until(lambda told: told.status == "works")
    room.sentence = "connected; radio hears; 3 batches wait"
    await manager.until(lambda told: told.status == room.sentence)
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [word for word in manager.told if word.startswith("STATUS=")] == [
        "STATUS=works",
        "STATUS=connected; radio hears; 3 batches wait",
    ]


async def test_the_watchdog_is_fed_twice_an_interval_while_the_loop_turns_and_not_when_it_hangs(
    manager: Manager,
) -> None:
    room = Room()
    running = asyncio.create_task(serve(room.service(), ServiceManager(manager.address, watchdog_s=0.1)))
    await asyncio.sleep(0.35)
    fed = manager.told.count("WATCHDOG=1")
    assert 3 <= fed <= 8
    subprocess.run(["sleep", "0.3"], check=True)  # noqa: ASYNC221 - the loop hangs
    assert manager.told.count("WATCHDOG=1") <= fed + 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_an_error_of_what_we_depend_on_gets_our_exit_code_and_keeps_its_message() -> None:
    with (
        pytest.raises(UnavailableError, match="h:1: refused — mend it") as caught,
        unavailable_on(LookupError, where="h:1", fix="mend it"),
    ):
        raise LookupError("refused")
    assert caught.value.exit_code == 69


PROCESS = """
import asyncio, os, subprocess, sys
from hardware.host.journal import configure_logging
from hardware.host.service import Service, serve

ready = asyncio.Event()

async def work():
    seen = subprocess.run(["env"], capture_output=True, text=True).stdout
    print("child sees", [line for line in seen.splitlines() if line.startswith(("NOTIFY", "WATCHDOG"))], flush=True)
    ready.set()
    await asyncio.sleep(60)

configure_logging("info")
sys.exit(asyncio.run(serve(Service("room", work, ready, lambda: "works"))))
"""


def start(script: str, manager: Manager, **more: str) -> subprocess.Popen[str]:
    environment = os.environ | {"NOTIFY_SOCKET": manager.address} | more
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def test_a_process_tells_its_manager_and_its_children_cannot(manager: Manager) -> None:
    process = start(PROCESS, manager, WATCHDOG_USEC="200000")
    await manager.until(lambda told: "READY=1" in told.states and told.told.count("WATCHDOG=1") >= 3)
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.to_thread(process.communicate, timeout=10)
    assert process.returncode == 0
    assert out == "child sees []\n"
    assert manager.states == ["READY=1", "STOPPING=1"]
    assert [word for word in ("room_ready", "room_stopping", "room_stopped") if word not in err] == []
