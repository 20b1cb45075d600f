"""What `comptoir doctor` looks at in a node: its radio, its outbox, the broker, the hub and its notice."""

from collections.abc import Sequence
from typing import Final

from edge.config import EdgeConfig
from hardware.host.doctor import bluetooth, broker, outbox
from hardware.host.doctor.examination import (
    Check,
    ConfigFile,
    Examination,
    Tools,
    examine_each,
    load_or_finding,
    run_checks,
    told,
)
from hardware.host.doctor.finding import Finding, ok
from hub.wire.visit import visit

KIND: Final = "a node's file has `node`"
_WITHOUT_HUB: Final = "this node does not listen"
_KEYS: Final = frozenset({"node", "frames", "ibeacon_uuids", "eddystone_namespaces", "radio"})
_REPAIR: Final = "restart the agent: a damaged outbox of sightings is deleted and begun anew by itself"


def examine(files: Sequence[ConfigFile], tools: Tools) -> Examination:
    """See `hardware.host.doctor.examination.Examine`."""
    return examine_each(KIND, _KEYS, files, lambda file: _checks(file, tools))


def _checks(file: ConfigFile, tools: Tools) -> Sequence[Check]:
    config = load_or_finding(file, EdgeConfig)
    if isinstance(config, Finding):
        return (told("config", file.path, config),)
    config = config.beside(file.path)
    about = str(file.path)
    return (
        told("config", file.path, ok("config", f"node {config.node} of store {config.store}")),
        Check("bluetooth.adapter", lambda: _adapter(config), about),
        bluetooth.cache_check(about),
        *outbox.checks(config.outbox, file.path, _REPAIR),
        Check("broker.login", lambda: _broker(config, tools), about),
    )


async def _adapter(config: EdgeConfig) -> Sequence[Finding]:
    scans = await outbox.runs(config.outbox)
    return await run_checks((bluetooth.adapter_check(config.radio.adapter, scans=scans),))


async def _broker(config: EdgeConfig, tools: Tools) -> Sequence[Finding]:
    call = broker.caller(visit, config.mqtt, config.store, tools)
    return await broker.examine(config.mqtt, call, lambda seen: broker.judge_hub(seen, _WITHOUT_HUB))
