"""What a till may ask: strict, bounded pydantic models. Every limit carries its reason."""

from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from hub.offers.model import Basket, Line
from hub.offers.program import ProductId
from hub.wire.base import Name

MAX_LINES: Final = 500
"""A full trolley has about 200 lines; the body limit of the API is made for twice that and more."""

MAX_QUANTITY: Final = 10_000_000
"""Recorded baskets carry fuel in the tens of thousands; weighed goods may come in grams."""

MAX_TOTAL_MINOR: Final = 10**9
"""Ten million euros: no till takes that, and all sums stay far inside 64 bits."""

BasketId = Annotated[StrictStr, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,63}$")]
"""Chosen by the till, never used twice in a store."""

IdempotencyKey = Annotated[StrictStr, Field(pattern=r"^[\x21-\x7e]{8,128}$")]
OurId = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{16}$")]
LineNumber = Annotated[StrictInt, Field(ge=1, le=9_999)]
Card = Annotated[StrictStr, Field(pattern=r"^[0-9A-Za-z-]{4,40}$")]
Revision = Annotated[StrictInt, Field(ge=1, le=2**31)]
Amount = Annotated[StrictInt, Field(ge=0, le=MAX_TOTAL_MINOR)]


class TillModel(BaseModel):
    """Base of requests: a misspelled or unknown key is an error, not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LineIn(TillModel):
    """One scanned line, with the discount the till itself already gives on it."""

    line: LineNumber
    product_id: ProductId
    description: Annotated[StrictStr, Field(max_length=80)] = ""
    quantity: Annotated[StrictInt, Field(ge=0, le=MAX_QUANTITY)]
    unit_price_minor: Amount
    till_discount_minor: Amount = 0

    @model_validator(mode="after")
    def _within_price(self) -> Self:
        if self.till_discount_minor > self.quantity * self.unit_price_minor:
            raise ValueError("till_discount_minor is more than the line costs")
        return self


class _Lines(TillModel):
    till: Name
    channel: Annotated[StrictStr, Field(pattern=r"^[a-z][a-z_]{0,15}$")] = "store"
    card: Card | None = None
    lines: Annotated[tuple[LineIn, ...], Field(max_length=MAX_LINES)]
    total_minor: Amount | None = None
    """What the till believes; never used, the total is computed from the lines (acceptance D14)."""

    @model_validator(mode="after")
    def _sums(self) -> Self:
        numbers = [line.line for line in self.lines]
        if len(set(numbers)) < len(numbers):
            raise ValueError("line numbers must be unique")
        if sum(line.quantity * line.unit_price_minor for line in self.lines) > MAX_TOTAL_MINOR:
            raise ValueError(f"the basket costs more than {MAX_TOTAL_MINOR} minor units")
        return self

    def basket(self, basket_id: str) -> Basket:
        """The lines as the offers read them."""
        return Basket(
            basket_id,
            tuple(
                Line(
                    line.line,
                    line.product_id,
                    line.description or line.product_id,
                    line.quantity,
                    line.unit_price_minor,
                    line.till_discount_minor,
                )
                for line in self.lines
            ),
        )


class BasketIn(_Lines):
    """The whole basket; each change comes with a higher revision."""

    revision: Revision

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "till": "t1",
                    "revision": 1,
                    "channel": "store",
                    "card": None,
                    "lines": [
                        {
                            "line": 1,
                            "product_id": "928263",
                            "description": "Couches",
                            "quantity": 1,
                            "unit_price_minor": 799,
                            "till_discount_minor": 0,
                        }
                    ],
                }
            ]
        }
    )


class HoldIn(TillModel):
    """Settle this quote: the customer is about to pay."""

    revision: Revision
    quote_id: OurId

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 1, "quote_id": "0123456789abcdef"}]}
    )


class CommitIn(TillModel):
    """Paid. Without a hold the current quote is settled in the same step."""

    hold_id: OurId | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"hold_id": "0123456789abcdef"}]})


class ReturnedLine(TillModel):
    """Units of one line of the original basket that come back."""

    line: LineNumber
    quantity: Annotated[StrictInt, Field(ge=1, le=MAX_QUANTITY)]


class ReturnIn(TillModel):
    """Products of a posted basket come back."""

    till: Name
    basket_id: BasketId
    lines: Annotated[tuple[ReturnedLine, ...], Field(min_length=1, max_length=MAX_LINES)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"till": "t1", "basket_id": "t1-0042", "lines": [{"line": 1, "quantity": 1}]}]
        }
    )

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        numbers = [line.line for line in self.lines]
        if len(set(numbers)) < len(numbers):
            raise ValueError("line numbers must be unique")
        return self


class LateSaleIn(_Lines):
    """A sale made while the hub could not be reached."""

    basket_id: BasketId
    hold_id: OurId | None = None
    """The hold whose discount the customer was given, if one was placed before the connection went."""
    sold_at: AwareDatetime | None = None
    """When it was paid (ISO 8601 with offset); left out, the time of the upload."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "till": "t1",
                    "basket_id": "t1-0043",
                    "card": "9811000000017",
                    "sold_at": "2017-09-30T18:04:00+02:00",
                    "lines": [
                        {
                            "line": 1,
                            "product_id": "928263",
                            "description": "Couches",
                            "quantity": 1,
                            "unit_price_minor": 799,
                        }
                    ],
                }
            ]
        }
    )
