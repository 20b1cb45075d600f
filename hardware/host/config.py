"""Reads a TOML file into a strict model, and says what is wrong in words a person can act on."""

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware.host.errors import ConfigError

M = TypeVar("M", bound=BaseModel)

MAX_CONFIG_BYTES = 1_000_000
"""No hand-written file is larger; a wrong path to a database or a video is."""


class ConfigModel(BaseModel):
    """Base of every configuration model: frozen, and unknown keys are errors (they are misspelled ones)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokerConfig(ConfigModel):
    """Where the message broker listens."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883

    @property
    def where(self) -> str:
        """The broker as an error message names it."""
        return f"{self.host}:{self.port}"


def read_text(path: Path) -> str:
    """Read a hand-written file.

    Raises:
        ConfigError: it is missing, unreadable, too large or not UTF-8.
    """
    where = str(path)
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ConfigError(
                f"larger than {MAX_CONFIG_BYTES} bytes", where=where, fix="is this the right file?"
            )
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("no such file", where=where, fix="give the path of an existing file") from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", where=where, fix="save the file as UTF-8") from None
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", where=where, fix="check its path and rights"
        ) from None


def load_toml(path: Path, model: type[M]) -> M:
    """Read `path` as TOML and validate it as `model`.

    Raises:
        ConfigError: names the file, the key, the value found and what is expected.
    """
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path), fix="correct that line") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(explain(error), where=str(path), fix="correct the key") from None


def explain(error: ValidationError) -> str:
    """One sentence for the first faults of a validation: `key = value: what is expected`."""
    sentences = []
    for fault in error.errors()[:3]:
        key = ".".join(str(part) for part in fault["loc"]) or "(file)"
        shown = "" if fault["type"] == "missing" else f" = {_short(fault['input'])}"
        sentences.append(f"{key}{shown}: {fault['msg']}")
    more = len(error.errors()) - len(sentences)
    return "; ".join(sentences) + (f" (and {more} more)" if more > 0 else "")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
