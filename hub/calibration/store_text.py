"""What a calibration changes in the text of a store's file: some values, and nothing else; comments stay. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, InlineTable

from hardware.host.config import explain
from hardware.host.errors import ConfigError
from hub.config import Engine, StoreConfig

MAP_NAME: Final = "radio-map.json"
"""The map's file when the store's names none; beside it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a calibration says.

    Attributes:
        offsets_db: node → dB.
        enter_dbm: zone → level.
        engine: of `presence`; None leaves the one that is set.
        radio_map: the map's file as the store's file shall name it; None when no map was made.
        near_dbm: zone → level of somebody at the kiosk of its till.
    """

    offsets_db: Mapping[str, float]
    enter_dbm: Mapping[str, float]
    engine: Engine | None = None
    radio_map: str | None = None
    near_dbm: Mapping[str, float] = field(default_factory=dict)


def with_settings(text: str, settings: Settings, where: str) -> str:
    """The text of a store's file with these settings in it; everything else is as it was, to the letter.

    Args:
        text: of the file, a valid configuration.
        settings: what to write.
        where: the file's name, for messages.

    Raises:
        ConfigError: the result would be no valid configuration: what is in the file contradicts the calibration.
    """
    try:
        document = tomlkit.parse(text)
        for section, key, values in (
            ("nodes", "offset_db", settings.offsets_db),
            ("zones", "enter_dbm", settings.enter_dbm),
            ("zones", "near_dbm", settings.near_dbm),
        ):
            for name, value in values.items():
                _set(document[section][name], key, value)
        _set_presence(document, settings)
        changed = tomlkit.dumps(document)
        StoreConfig.model_validate(tomllib.loads(changed))
    except ValidationError as error:
        raise _unwritable(explain(error), where) from None
    except (TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise _unwritable(str(error), where) from None
    return changed


def _unwritable(what: str, where: str) -> ConfigError:
    return ConfigError(
        f"cannot take the calibration: {what}", where=where, fix="correct it, then calibrate --from"
    )


def _set(table: AbstractTable, key: str, value: object) -> None:
    # A value that is right already keeps the way it is written.
    if key in table and table[key] == value:
        return
    written = tomlkit.item(value)
    if isinstance(table, InlineTable) and table.as_string().endswith(" }"):
        # The space before the brace would stay behind the value that was last before.
        written.trivia.trail = " "
    table[key] = written


def _set_presence(document: tomlkit.TOMLDocument, settings: Settings) -> None:
    wanted = {"engine": settings.engine, "radio_map": settings.radio_map}
    values = {key: value for key, value in wanted.items() if value is not None}
    if not values:
        return
    if "presence" not in document:
        document["presence"] = tomlkit.table()
    for key, value in values.items():
        _set(document["presence"], key, value)
