"""`comptoir hub import sales`: past purchases from a CSV file, all of them or none."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, TextIO

import click
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hardware.host.clock import SystemClock
from hardware.host.config import explain
from hardware.host.entropy import SystemEntropy
from hardware.host.errors import DataError, NoInputError
from hub.offers.model import Line
from hub.offers.money import half_up
from hub.offers.program import ProductId
from hub.store.sales import Sales
from hub.store.sales_ledger import PostedLine, PostedSale
from hub.till.ports import PeoplePort
from hub.till.requests import MAX_QUANTITY, MAX_TOTAL_MINOR

COLUMNS: Final = ("sale_id", "sold_at", "card", "product_id", "description", "quantity", "amount_minor")

SHOWN_FAULTS: Final = 5
"""Enough to see what is wrong with a file; the rest is mostly the same fault again."""


class Row(BaseModel):
    """One line of the file. `amount_minor` is what was paid for the whole line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sale_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,63}$")]
    sold_at: AwareDatetime
    card: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{4,40}$")]
    product_id: ProductId
    description: Annotated[str, Field(max_length=80)]
    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY)]
    amount_minor: Annotated[int, Field(ge=0, le=MAX_TOTAL_MINOR)]


@dataclass(slots=True)
class ImportReport:
    """What an import did. Sales are baskets; lines are rows of the file."""

    lines: int = 0
    sales: int = 0
    already_known: int = 0
    zero_quantities: int = 0
    unknown_cards: int = 0


def import_sales_file(
    path: Path, people: PeoplePort, sales: Sales, *, skip_unknown_cards: bool = False
) -> ImportReport:
    """Add every sale of the file that is not known yet, in one transaction.

    Rows of one sale may stand anywhere in the file, but in one file: a sale that is known from an earlier import
    is left as it is. Importing the same file again so changes nothing. Zero quantities are skipped.

    Args:
        path: a CSV file with the header `COLUMNS`, UTF-8.
        people: whose a card is.
        sales: where to.
        skip_unknown_cards: leave out (and count) rows whose card is nobody's, instead of refusing the file.

    Raises:
        NoInputError: the file cannot be read.
        DataError: names file and line of the first fault; nothing was imported.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream, sales.transaction():
            return _Import(path, people, sales, skip_unknown_cards=skip_unknown_cards).run(
                _rows(path, stream)
            )
    except UnicodeDecodeError:
        raise DataError("not UTF-8 text", where=str(path), fix="save the file as UTF-8") from None
    except csv.Error as error:
        raise DataError(f"not CSV: {error}", where=str(path), fix="correct the file") from None
    except OSError as error:
        raise NoInputError(
            f"cannot be read: {error.strerror}", where=str(path), fix="check its path and rights"
        ) from None


def _rows(path: Path, stream: TextIO) -> Iterator[tuple[int, Row]]:
    """(line number, row) pairs, validated one by one as they are read."""
    reader = csv.DictReader(stream, strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DataError(
            f"the header is not {','.join(COLUMNS)}", where=f"{path}:1", fix="name the columns in this order"
        )
    for fields in reader:
        try:
            if None in fields:
                raise DataError("more fields than columns", where=f"{path}:{reader.line_num}", fix=_FIX)
            yield reader.line_num, Row.model_validate(fields)
        except ValidationError as error:
            raise DataError(explain(error), where=f"{path}:{reader.line_num}", fix=_FIX) from None


_FIX: Final = "correct the line; nothing was imported"


class _Import:
    """One run over one file."""

    def __init__(self, path: Path, people: PeoplePort, sales: Sales, *, skip_unknown_cards: bool) -> None:
        self._path = path
        self._people = people
        self._ledger = sales.ledger
        self._skip_unknown_cards = skip_unknown_cards
        self._accounts: dict[str, str | None] = {}
        self._mine: dict[str, tuple[int, PostedSale]] = {}
        self._known: set[str] = set()
        self._strangers: list[int] = []
        self._report = ImportReport()

    def run(self, rows: Iterator[tuple[int, Row]]) -> ImportReport:
        """Take every row; raises at the first fault, and for strangers' cards at the end."""
        for number, row in rows:
            self._report.lines += 1
            account_id = self._account(row.card)
            if account_id is None:
                self._strangers.append(number)
            elif row.quantity == 0:
                self._report.zero_quantities += 1
            else:
                self._take(number, row, account_id)
        self._report.sales = len(self._mine)
        self._report.already_known = len(self._known)
        self._report.unknown_cards = len(self._strangers)
        if self._strangers and not self._skip_unknown_cards:
            shown = ", ".join(str(number) for number in self._strangers[:SHOWN_FAULTS])
            more = "" if len(self._strangers) <= SHOWN_FAULTS else " …"
            raise DataError(
                f"{len(self._strangers)} rows with cards of nobody (lines {shown}{more}); nothing was imported",
                where=str(self._path),
                fix="add the members first, or leave these rows out with --skip-unknown-cards",
            )
        return self._report

    def _account(self, card: str) -> str | None:
        if card not in self._accounts:
            person = self._people.by_card(card)
            self._accounts[card] = person.account_id if person else None
        return self._accounts[card]

    def _take(self, number: int, row: Row, account_id: str) -> None:
        if row.sale_id in self._known:
            return
        head = PostedSale(row.sale_id, account_id, "import", None, row.sold_at.timestamp(), 0)
        if row.sale_id not in self._mine:
            if not self._ledger.post_head(head):
                self._known.add(row.sale_id)
                return
            self._mine[row.sale_id] = (0, head)
        lines, first = self._mine[row.sale_id]
        if head != first:
            raise DataError(
                f"sale {row.sale_id} has another card or time than in an earlier line",
                where=f"{self._path}:{number}",
                fix=_FIX,
            )
        unit_price_minor = half_up(row.amount_minor, row.quantity)
        line = Line(lines + 1, row.product_id, row.description, row.quantity, unit_price_minor)
        self._ledger.post_line(head, PostedLine(line, row.amount_minor, 0))
        self._ledger.add_to_total(row.sale_id, row.amount_minor)
        self._mine[row.sale_id] = (lines + 1, head)


@click.command("sales")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--config", required=True, type=click.Path(path_type=Path), help="The store's configuration file."
)
@click.option("--skip-unknown-cards", is_flag=True, help="Leave out rows whose card is nobody's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_sales(file: Path, config: Path, *, skip_unknown_cards: bool, as_json: bool) -> None:
    """Import past purchases from the CSV FILE, all or nothing; the same file again changes nothing.

    Columns: sale_id, sold_at (ISO 8601 with offset), card, product_id, description, quantity, amount_minor (paid
    for the line). They move counters and open no right by themselves.
    """
    from hub.assembly import open_hub_data

    data = open_hub_data(config, SystemClock(), SystemEntropy())
    try:
        report = import_sales_file(file, data.people, data.sales, skip_unknown_cards=skip_unknown_cards)
    finally:
        data.close()
    if as_json:
        click.echo(json.dumps(asdict(report)))
        return
    click.echo(
        f"{report.sales} sales imported from {report.lines} lines; {report.already_known} were known already"
    )
    if report.zero_quantities:
        click.echo(f"{report.zero_quantities} lines with quantity 0 skipped")
    if report.unknown_cards:
        click.echo(f"{report.unknown_cards} lines with unknown cards left out")
