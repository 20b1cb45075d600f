"""Virtual time: sleepers wake in order, at once, and sockets still work."""

import asyncio

from hub.box.sim.virtual_time import LoopClock, run_virtually


def test_sleepers_wake_in_the_order_of_their_times_and_nobody_waits() -> None:
    clock, woken = LoopClock(1_000.0), list[tuple[str, float]]()

    async def sleeper(name: str, every_s: float) -> None:
        for _ in range(2):
            await clock.sleep(every_s)
            woken.append((name, clock.now_s()))

    async def a_day() -> float:
        await asyncio.gather(sleeper("slow", 40_000.0), sleeper("quick", 30_000.0))
        return clock.monotonic_s()

    assert run_virtually(a_day()) == 80_000.0
    assert woken == [("quick", 31_000.0), ("slow", 41_000.0), ("quick", 61_000.0), ("slow", 81_000.0)]


def test_a_time_out_comes_without_waiting() -> None:
    async def wait_for_nothing() -> bool:
        try:
            async with asyncio.timeout(3_600.0):
                await asyncio.Event().wait()
        except TimeoutError:
            return True
        return False

    assert run_virtually(wait_for_nothing())


def test_a_socket_is_waited_for_though_no_timer_is_set() -> None:
    async def talk() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            said = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return said

    assert run_virtually(talk()) == b"hello\n"
