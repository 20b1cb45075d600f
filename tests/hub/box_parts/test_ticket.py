"""The demo till's paper: 40 characters a line, both languages, what is left at the end."""

from hub.box.ticket import Item, return_ticket, sale_ticket

PACK = Item("928263", "Couches", 1, 799)
QUOTE = {
    "effects": [{"discount_minor": 240, "ticket": {"fr": "Couches x1 -2,40 € 200 pts", "en": "Nappies x1"}}],
    "refusals": [{"ticket": {"fr": "Carte inconnue", "en": "Unknown card"}}],
}
PAID = {"ticket": [{"fr": "Reste 65 points", "en": "65 points left"}]}


def test_a_ticket_lists_articles_discounts_refusals_total_and_what_is_left() -> None:
    lines = sale_ticket("t1", [PACK], QUOTE, offline=False, paid=PAID)
    assert [line.fr.split("  ")[0].strip() for line in lines] == [
        "— T1 —",
        "1 × Couches",
        "Couches x1 -2,40 € 200 pts",
        "Carte inconnue",
        "TOTAL",
        "PAYÉ",
        "Reste 65 points",
    ]
    assert lines[4].fr.endswith("5,59 €")
    assert lines[4].en.endswith("€5.59")
    assert {len(line.fr) for line in (lines[1], lines[2], lines[4])} == {40}


def test_a_long_name_leaves_room_for_its_price() -> None:
    (_, line, *_) = sale_ticket("t1", [Item("1", "x" * 80, 1, 123456)], None, offline=False)
    assert len(line.fr) == 40
    assert line.fr.endswith(" 1234,56 €")


def test_a_sale_without_the_hub_says_that_points_come_later() -> None:
    lines = sale_ticket("t1", [PACK], None, offline=True, paid=True)
    assert "hors ligne" in lines[-2].fr
    assert lines[-1].en.startswith("PAID")


def test_a_return_says_what_is_paid_back() -> None:
    lines = return_ticket("t1", PACK, 1, 559)
    assert "RETOUR" in lines[0].fr
    assert lines[2].fr.endswith("-5,59 €")
