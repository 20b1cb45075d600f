"""Past purchases from CSV: all or nothing, the same twice, and the recorded oracle of D20."""

import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from hardware.host.errors import ConfigError, DataError, NoInputError
from hub.commands.import_sales import COLUMNS, ImportReport, import_sales, import_sales_file
from hub.commands.program import program as program_command
from hub.offers.counting import nth_purchase, tally
from tests.hub.till.kit import ANNA, FakePeople, FakePerson, Shop, open_sales, packs, program

HEADER = ",".join(COLUMNS)
GOOD = "s1,2017-01-01T10:00:00+00:00,4000,p1,Couches,2,1598"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def csv_file(folder: Path, *rows: str) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def load(shop: Shop, path: Path, *, skip: bool = False) -> ImportReport:
    return import_sales_file(path, shop.people, shop.sales, skip_unknown_cards=skip)


def test_imported_purchases_move_the_counter_and_open_no_right(shop: Shop, tmp_path: Path) -> None:
    report = load(
        shop, csv_file(tmp_path, *(f"s{n},2017-01-01T10:00:00Z,4000,p1,Couches,3,2397" for n in range(3)))
    )
    assert (report.sales, report.lines) == (3, 3)
    assert shop.state() == (4, 0)
    assert shop.buy("b1", packs()).discount_minor == 300
    assert shop.state() == (0, 0)


def test_the_same_file_twice_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    path = csv_file(tmp_path, GOOD, "s2,2017-01-02T10:00:00Z,4000,p2,Couches,1,799", GOOD.replace("p1", "p2"))
    assert load(shop, path) == ImportReport(lines=3, sales=2)
    assert load(shop, path) == ImportReport(lines=3, already_known=2)
    assert shop.state() == (0, 0)


def test_a_basket_the_till_posted_is_not_imported_again(shop: Shop, tmp_path: Path) -> None:
    shop.buy("b1", packs(2))
    assert load(shop, csv_file(tmp_path, GOOD.replace("s1", "b1"))).already_known == 1
    assert shop.state() == (2, 0)


def test_zero_quantities_are_skipped_and_fuel_in_tens_of_thousands_is_taken(
    shop: Shop, tmp_path: Path
) -> None:
    rows = (GOOD.replace(",2,1598", ",0,0"), GOOD.replace(",2,1598", ",89638,25000").replace("p1", "fuel"))
    assert load(shop, csv_file(tmp_path, *rows)) == ImportReport(lines=2, sales=1, zero_quantities=1)


def test_cards_of_nobody_refuse_the_file_or_are_left_out_and_counted(shop: Shop, tmp_path: Path) -> None:
    path = csv_file(tmp_path, GOOD, *(GOOD.replace("4000", "9999") for _ in range(7)))
    with pytest.raises(DataError, match=r"7 rows with cards of nobody \(lines 3, 4, 5, 6, 7 …\)"):
        load(shop, path)
    assert shop.state() == (0, 0)
    assert load(shop, path, skip=True) == ImportReport(lines=8, sales=1, unknown_cards=7)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (GOOD.replace(",2,", ",two,"), "quantity = 'two'"),
        (GOOD.replace(",2,", ",-2,"), "quantity = '-2'"),
        (GOOD.replace("+00:00", ""), "sold_at"),
        (GOOD.replace("p1", "p 1"), "product_id"),
        (GOOD.replace(",1598", ""), "amount_minor"),
        (GOOD + ",9", "more fields than columns"),
        (GOOD.replace("4000", "5000"), "another card or time"),
        (GOOD.replace("2017-01-01", "2017-01-02"), "another card or time"),
    ],
)
def test_a_fault_is_named_with_file_and_line_and_nothing_is_imported(
    shop: Shop, tmp_path: Path, row: str, said: str
) -> None:
    with pytest.raises(DataError, match=r"sales\.csv:3") as caught:
        load(shop, csv_file(tmp_path, GOOD, row))
    assert said in str(caught.value)
    assert shop.sales.ledger.find("s1") is None


def test_files_that_are_no_sales_are_said_to_be_so(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    for content, said in (
        (b"", "header"),
        (b"sale,card\n", "header"),
        (HEADER.encode() + b"\n\xff\xfe", "UTF-8"),
        (HEADER.encode() + b'\n"open', "not CSV"),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "not CSV"),
    ):
        path.write_bytes(content)
        with pytest.raises(DataError, match=said):
            load(shop, path)
    with pytest.raises(NoInputError):
        load(shop, tmp_path / "none.csv")


def test_program_check_labels_warns_and_names_a_faulty_file(tmp_path: Path) -> None:
    toml = (
        'id = "x"\nkind = "every_nth"\nproducts = ["p"]\nevery = 5\npoints_per_unit = 1\n'
        '[label]\nfr = "a"\nen = "a"\n[group]\nfr = "b"\nen = "b"\n[discount]\npercent = 50\n'
    )
    assert CliRunner().invoke(program_command, ["check", str(tmp_path)]).output == "no programs\n"
    (tmp_path / "x.toml").write_text(toml)
    said = CliRunner().invoke(program_command, ["check", str(tmp_path)])
    assert "x: enticing, version" in said.output
    assert "warning: discount.percent = 50" in said.output
    document = json.loads(CliRunner().invoke(program_command, ["check", "--json", str(tmp_path)]).output)
    assert document[0]["character"] == "enticing"
    (tmp_path / "x.toml").write_text(toml.replace("50", "500"))
    failed = CliRunner().invoke(program_command, ["check", str(tmp_path)])
    assert isinstance(failed.exception, ConfigError)


# -- D20: the recorded year of nappies


def recorded() -> Path:
    folder = os.environ.get("COMPTOIR_DATA")
    if not folder:
        pytest.skip("COMPTOIR_DATA is not set: the recorded baskets are not on this machine")
    path = Path(folder) / "complete_journey"
    assert path.is_dir(), f"COMPTOIR_DATA is set, but {path} is missing"
    return path


def journey_rows(path: Path) -> list[dict[str, str]]:
    with (path / "diaper_transactions.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def oracle(path: Path, kind: str, keep: set[str]) -> dict[tuple[str, str], str]:
    """(household, product or type) → the basket of the first fifth visit."""
    with gzip.open(path / f"oracle_fifth_visit_by_{kind}.csv.gz", "rt", newline="") as stream:
        return {
            (row["household_id"], row[kind]): row["basket_id"]
            for row in csv.DictReader(stream)
            if row[kind] in keep
        }


def as_sales(rows: list[dict[str, str]]) -> list[str]:
    def moment(row: dict[str, str]) -> str:
        return datetime.fromisoformat(row["transaction_timestamp"]).replace(tzinfo=UTC).isoformat()

    return [
        f"{r['basket_id']},{moment(r)},{card(r['household_id'])},{r['product_id']},Couches,{r['quantity']},"
        f"{round(float(r['sales_value']) * 100)}"
        for r in rows
    ]


def card(household: str) -> str:
    return f"card-{household}"


def households(rows: list[dict[str, str]]) -> FakePeople:
    names = sorted({row["household_id"] for row in rows})
    return FakePeople({card(n): FakePerson(f"{int(n):016x}", f"{int(n) + 2**40:016x}") for n in names})


def fifth_visits(
    folder: Path, people: FakePeople, groups: dict[str, list[str]]
) -> dict[tuple[str, str], str]:
    """What the store derives: the basket of the first fifth visit per household and group."""
    sales = open_sales(folder / "hub.db", seed=9)
    found = {}
    for name, products in groups.items():
        visits = program(products=products, counts="visits")
        for code, person in people.cards.items():
            facts = sales.account_facts(person.account_id, (visits,), 0.0).programs[visits.id]
            fifth = nth_purchase(visits, facts.purchases, 5)
            assert (fifth is not None) == (tally(visits, facts).counted >= 5)
            if fifth is not None:
                found[code.removeprefix("card-"), name] = fifth.sale_id
    return found


@pytest.mark.parametrize("kind", ["product_type", "product_id"])
def test_d20_the_first_fifth_visits_equal_the_oracle_out_of_order_and_twice(
    tmp_path: Path, kind: str
) -> None:
    rows = journey_rows(recorded())
    people = households(rows)
    ids = sorted({row["product_id"] for row in rows})
    groups = {"BABY DIAPERS": ids} if kind == "product_type" else {product: [product] for product in ids}
    truth = oracle(recorded(), kind, set(groups))
    assert truth
    shuffled = as_sales(rows)
    random.Random(20).shuffle(shuffled)
    sales = open_sales(tmp_path / "hub.db")
    for lines in (shuffled, list(reversed(shuffled))):
        import_sales_file(csv_file(tmp_path, *lines), people, sales)
    assert fifth_visits(tmp_path, people, groups) == truth


CHILD = """
import sys
from pathlib import Path
from tests.hub.store_sales.test_import import households, journey_rows, recorded
from hub.commands.import_sales import import_sales_file
from tests.hub.till.kit import open_sales

folder, file = Path(sys.argv[1]), Path(sys.argv[2])
people = households(journey_rows(recorded()))
print("ready", flush=True)
import_sales_file(file, people, open_sales(folder / "hub.db"))
"""


def test_d20_an_import_killed_half_way_leaves_nothing_and_is_done_again(tmp_path: Path) -> None:
    rows = journey_rows(recorded())
    people = households(rows)
    path = csv_file(tmp_path, *as_sales(rows))
    for after_s in (0.005, 0.02):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            try:
                child.wait(after_s)
            except subprocess.TimeoutExpired:
                os.kill(child.pid, signal.SIGKILL)
    sales = open_sales(tmp_path / "hub.db")
    report = import_sales_file(path, people, sales)
    assert 0 in (report.sales, report.already_known)
    ids = sorted({row["product_id"] for row in rows})
    truth = oracle(recorded(), "product_type", {"BABY DIAPERS"})
    assert fifth_visits(tmp_path, people, {"BABY DIAPERS": ids}) == truth


def test_a_sale_row_is_whole_in_the_database(shop: Shop, tmp_path: Path) -> None:
    load(shop, csv_file(tmp_path, GOOD, GOOD.replace("p1", "p2")))
    sale = shop.sales.ledger.find("s1")
    assert sale is not None
    assert (sale.account_id, sale.origin, sale.total_minor) == (ANNA.account_id, "import", 3196)
    back = shop.take_back("s1", line=2, quantity=2)
    assert (back.refund_minor, back.points_withdrawn) == (1598, 0)
    assert shop.state() == (2, 0)


def test_the_command_reports_in_words_and_json(tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    config = tmp_path / "store.toml"
    config.write_text(
        'store = "demo"\ndatabase = "hub.db"\nkey_file = "hub.key"\nprograms = "programs"\n[zones]\n[nodes]\n'
    )
    path = csv_file(tmp_path, GOOD, GOOD.replace(",2,1598", ",0,0"))
    given = [str(path), "--config", str(config)]
    refused = CliRunner().invoke(import_sales, given)
    assert isinstance(refused.exception, DataError)
    said = CliRunner().invoke(import_sales, [*given, "--skip-unknown-cards"])
    assert said.output.splitlines() == [
        "0 sales imported from 2 lines; 0 were known already",
        "2 lines with unknown cards left out",
    ]
    path.write_text(HEADER + "\n")
    assert (
        CliRunner().invoke(import_sales, given).output
        == "0 sales imported from 0 lines; 0 were known already\n"
    )
    report = json.loads(CliRunner().invoke(import_sales, [*given, "--json"]).output)
    assert report == {"lines": 0, "sales": 0, "already_known": 0, "zero_quantities": 0, "unknown_cards": 0}
