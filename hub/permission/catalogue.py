"""The purposes and touchpoints that exist, each with its basis, data, retention and recipients."""

from enum import StrEnum
from importlib.resources import as_file, files
from typing import Annotated, Self

from pydantic import Field, model_validator

from hardware.host.config import ConfigModel, load_toml
from hub.permission.records import Level, Purpose, Scope, Touchpoint

Sentence = Annotated[str, Field(min_length=3, max_length=200)]


class Basis(StrEnum):
    """The legal basis (GDPR article 6(1)): b, a contract; a, consent."""

    CONTRACT = "contract"
    CONSENT = "consent"


class Label(ConfigModel):
    """What people read."""

    fr: Sentence
    en: Sentence


class PurposeEntry(ConfigModel):
    """One purpose: where it may be asked for and what a person is told about it."""

    basis: Basis
    touchpoints: Annotated[frozenset[Touchpoint], Field(min_length=1)]
    levels: Annotated[frozenset[Level], Field(min_length=1)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    label: Label
    data: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    retention: Sentence
    recipients: Annotated[tuple[Sentence, ...], Field(min_length=1)]


class Catalogue(ConfigModel):
    """Every purpose of this version, each described."""

    purposes: dict[Purpose, PurposeEntry]

    @model_validator(mode="after")
    def _every_purpose_is_described(self) -> Self:
        missing = set(Purpose) - set(self.purposes)
        if missing:
            raise ValueError(f"purposes without a description: {', '.join(sorted(missing))}")
        return self


def shipped_catalogue() -> Catalogue:
    """The catalogue of this version.

    Raises:
        ConfigError: the installed file was damaged.
    """
    with as_file(files("hub.permission") / "catalogue.toml") as path:
        return load_toml(path, Catalogue)
