"""Why: every reason of the hub can be read whole, on the smallest screen, with the stop at hand."""

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from hub.wire.base import LocalText
from hub.wire.display import Offer, Progress
from kiosk.samples import OFFER, PROGRESS, SAMPLES
from kiosk.widgets import Reasons
from tests.kiosk.standing import Kiosk, text


def sentence(n: int, words: int) -> LocalText:
    line = " ".join([f"raison{n}", *(f"mot{n}x{at}" for at in range(words))])
    return LocalText(fr=line, en=line)


MANY = tuple(sentence(n, 22) for n in range(6))
"""The most the wire takes: six reasons of nearly 200 characters."""


async def turning_is(kiosk: Kiosk, *, offered: bool) -> Reasons:
    reasons = kiosk.panel.query_one(Reasons)
    async with asyncio.timeout(5):
        while reasons.turning.display is not offered:  # noqa: ASYNC110 - the widget's own state
            await asyncio.sleep(0.01)
    return reasons


async def standing(kiosk: Kiosk, instead_of: str | None = None) -> str:
    """What stands once it has changed from `instead_of` and nothing moves any more."""
    looks: deque[str] = deque(maxlen=4)
    async with asyncio.timeout(10):
        while len(looks) < 4 or len(set(looks)) > 1 or looks[0] == instead_of:
            await asyncio.sleep(0.02)
            looks.append(text(kiosk.app))
    return looks[0]


@pytest.mark.parametrize("content", [OFFER, PROGRESS])
@pytest.mark.parametrize("size", [(40, 12), (60, 20)])
async def test_all_reasons_can_be_read_by_turning_pages(
    content: Offer | Progress, size: tuple[int, int]
) -> None:
    async with Kiosk().stands(size) as kiosk:
        await kiosk.draw(
            replace(SAMPLES["why"], content=content.model_copy(update={"reasons": MANY}), why=True)
        )
        await turning_is(kiosk, offered=True)
        page = first_page = read = await standing(kiosk)
        for _ in range(12):
            kiosk.panel.press("more")
            page = await standing(kiosk, instead_of=page)
            if page == first_page:
                break
            read += page
        assert page == first_page, "after the last page comes the first"
        missing = [word for reason in MANY for word in reason.fr.split() if word not in read]
        assert not missing
        assert kiosk.done == [], "turning a page is no act"


async def test_reasons_that_fit_have_no_page_to_turn_until_the_room_shrinks() -> None:
    kiosk = Kiosk()
    async with kiosk.app.run_test(size=(60, 20)) as pilot:
        kiosk.panel.show(SAMPLES["why"])
        await pilot.pause()
        await turning_is(kiosk, offered=False)
        some = tuple(sentence(n, 6) for n in range(5))
        kiosk.panel.show(replace(SAMPLES["why"], content=OFFER.model_copy(update={"reasons": some})))
        await pilot.pause()
        await turning_is(kiosk, offered=False)
        await pilot.resize_terminal(40, 12)
        await turning_is(kiosk, offered=True)


@pytest.mark.parametrize("name", ["offer", "why", "progress", "thanks"])
async def test_a6_the_stop_is_one_touch_from_its_question_on_every_personal_screen(name: str) -> None:
    async with Kiosk().stands() as kiosk:
        await kiosk.draw(SAMPLES[name])
        assert kiosk.panel.query("#target-stop")


async def test_a_kiosk_cut_off_from_the_hub_asks_for_no_card() -> None:
    async with Kiosk().stands() as kiosk:
        assert "Passez votre carte" in await kiosk.draw(SAMPLES["attract"])
        shown = await kiosk.draw(SAMPLES["offline"])
        assert "Passez votre carte" not in shown
        assert "compte à la caisse" in shown


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_price_in_the_hundreds_stands_whole_on_forty_cells(language: str) -> None:
    content = OFFER.model_copy(update={"price_minor": 39_990, "discount_minor": 12_000, "points_used": 2_000})
    async with Kiosk().stands() as kiosk:
        shown = await kiosk.draw(replace(SAMPLES["offer"], content=content, language=language))  # type: ignore[arg-type]  # one of two literals
        for whole in {"fr": ["399,90", "ticket", "120,00", "2000"], "en": ["399.90", "ticket", "120.00"]}[
            language
        ]:
            assert whole in shown
