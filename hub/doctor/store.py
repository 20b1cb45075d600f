"""What `comptoir doctor` looks at in a store's file, and in the other files of that store."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from hardware.host.doctor import broker, database, disk
from hardware.host.doctor.broker import Visit
from hardware.host.doctor.examination import (
    Check,
    ConfigFile,
    Examination,
    Tools,
    examine_each,
    in_thread,
    load_or_finding,
    told,
)
from hardware.host.doctor.finding import Finding, ok, problem, skipped, warning
from hardware.host.errors import ComptoirError
from hub.config import StoreConfig
from hub.desk_key import kiosk_public_key
from hub.doctor import names, port
from hub.doctor.data import examine_clock, examine_key, examine_programs, examine_release, vault_of
from hub.doctor.engine import ENGINE_CHECK, MODELS_CHECK, examine_engine, examine_models
from hub.wire.visit import visit

KIND: Final = "a store's file has `zones` and `nodes`"
_KEYS: Final = frozenset({"zones", "nodes", "kiosks", "tills", "programs", "key_file", "database"})
_REPAIR: Final = "stop the hub, move the file aside and restore the latest backup"


def examine(files: Sequence[ConfigFile], tools: Tools) -> Examination:
    """See `hardware.host.doctor.examination.Examine`."""
    others = [file for file in files if not file.has_any(_KEYS)]
    return examine_each(KIND, _KEYS, files, lambda file: _checks(file, others, tools))


def _checks(file: ConfigFile, others: Sequence[ConfigFile], tools: Tools) -> Sequence[Check]:
    loaded = load_or_finding(file, StoreConfig)
    if isinstance(loaded, Finding):
        return (told("config", file.path, loaded),)
    config, about = loaded.beside(file.path), str(file.path)
    return (
        told("config", file.path, ok("config", f"store {config.store}: {_counted(config)}")),
        Check("programs", lambda: examine_programs(config), about),
        Check(ENGINE_CHECK, lambda: examine_engine(config), about),
        Check("disk.folder", lambda: _folder(config), about),
        Check("database.file", lambda: database.examine("database", config.database, _REPAIR), about),
        Check("database.release", lambda: examine_release(config), about),
        Check("key.file", lambda: examine_key(config, tools, about), about),
        Check(MODELS_CHECK, lambda: examine_models(config, tools, about), about),
        Check("clock.not_back", lambda: examine_clock(config, tools), about),
        Check("broker.login", lambda: _services(config, tools, about), about),
        *(check for other in others for check in _compare(config, other, tools, about)),
    )


def _counted(config: StoreConfig) -> str:
    counts = (("nodes", config.nodes), ("kiosks", config.kiosks), ("tills", config.tills))
    return ", ".join(f"{what} {len(named)}" for what, named in counts)


async def _folder(config: StoreConfig) -> Sequence[Finding]:
    return await disk.examine("disk.folder", config.database.parent, "members, permissions and sales")


async def _services(config: StoreConfig, tools: Tools, config_file: str) -> Sequence[Finding]:
    facts = await port.look(config.http)
    call = broker.caller(visit, config.mqtt, config.store, tools)
    served = port.judge(facts, config.store)
    runs = None if facts.at is None else facts.store == config.store
    judge = partial(judge_hub, runs=runs, notice=config.notice is not None, config_file=config_file)
    return (*served, *await broker.examine(config.mqtt, call, judge))


def judge_hub(
    seen: Visit | None, *, runs: bool | None, notice: bool, config_file: str
) -> tuple[Finding, Finding]:
    """The hub and its notice, as the hub's own machine sees them: `hub.state` and `hub.notice`.

    Args:
        seen: what the visit to the broker saw; None when there was no way in.
        runs: whether the hub answers on its own port; None when that is not known.
        notice: whether the configuration names a privacy notice.
        config_file: for the fixes.
    """
    online = seen is not None and seen.hub == "online"
    return _state(seen, online=online, runs=runs, config_file=config_file), _notice(
        notice=notice, differs=online and seen is not None and not seen.notice_ok, config_file=config_file
    )


def _state(seen: Visit | None, *, online: bool, runs: bool | None, config_file: str) -> Finding:
    check = "hub.state"
    if seen is None:
        return skipped(check, "the broker cannot be asked")
    if online and runs is not False:
        return ok(check, "the hub runs, and nodes and kiosks find it")
    if online:
        fix = "run the doctor on the hub's machine; if it is this one, stop the other: two oust each other"
        return warning(check, "a hub of this store is online, but not at this machine's port", fix)
    if runs:
        fix = "restart the hub; if it helps only for a while, look whether two hubs use this broker"
        return problem(check, "the hub runs, but nodes and kiosks do not find it at this broker", fix)
    return warning(check, "the hub does not run", f"start it: `comptoir hub run {config_file}`")


def _notice(*, notice: bool, differs: bool, config_file: str) -> Finding:
    check = "hub.notice"
    if not notice:
        fix = (
            f"hang the notice in the store, add `[notice]` with its version to {config_file}, restart the hub"
        )
        return problem(check, "no privacy notice: nodes do not listen, and nothing is recognised", fix)
    if differs:
        return problem(check, "the running hub does not know the notice of this file", "restart the hub")
    return ok(check, "a privacy notice is named")


def _compare(config: StoreConfig, other: ConfigFile, tools: Tools, config_file: str) -> Iterable[Check]:
    fits = names.judge_names(config, other.content)
    if fits is not None:
        yield told(names.CHECK, other.path, fits)
    if "kiosk" in other.content:
        yield Check(names.KEY_CHECK, lambda: _kiosk_key(config, other, tools, config_file), str(other.path))


async def _kiosk_key(
    config: StoreConfig, other: ConfigFile, tools: Tools, config_file: str
) -> Sequence[Finding]:
    try:
        vault = await in_thread(lambda: vault_of(config, tools.entropy))
    except ComptoirError:
        vault = None  # told by the check of the key itself
    key = None if vault is None else kiosk_public_key(vault)
    return (names.judge_kiosk_key(other.content, key, config_file),)
