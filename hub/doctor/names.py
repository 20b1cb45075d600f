"""Do the files of one store fit together: names, and the key kiosks seal to."""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from hardware.host.doctor.finding import Finding, ok, problem, skipped
from hub.config import StoreConfig

CHECK: Final = "names"
KEY_CHECK: Final = "key.kiosk"


def judge_names(config: StoreConfig, content: Mapping[str, Any]) -> Finding | None:
    """Whether the store knows the node or kiosk of another file; None when it is neither's.

    Args:
        config: of the store.
        content: the other file, as it is written.
    """
    for key, known in (("node", config.nodes), ("kiosk", config.kiosks)):
        if key not in content:
            continue
        name = content[key]
        if content.get("store") != config.store:
            said = (
                f"{key} {name!r} is of store {content.get('store')!r}, the store's file says {config.store!r}"
            )
            return problem(CHECK, said, "write the same `store` in both files")
        if str(name) not in known:
            said = f"the store has no {key} {name!r}; it has {', '.join(sorted(known)) or 'none'}"
            return problem(
                CHECK, said, f"add it under `[{key}s]` in the store's file, or correct `{key}` in this one"
            )
        return ok(CHECK, f"the store knows {key} {name}")
    return None


def judge_kiosk_key(content: Mapping[str, Any], public_key: str | None, config_file: str) -> Finding:
    """Whether a kiosk seals to this hub's key.

    Args:
        content: the kiosk's file, as it is written.
        public_key: the hub's, or None when it cannot be had.
        config_file: the store's, for the fix.
    """
    if public_key is None:
        return skipped(KEY_CHECK, "the hub's key cannot be had here")
    if hmac.compare_digest(str(content.get("hub_public_key")).encode(), public_key.encode()):
        return ok(KEY_CHECK, "the kiosk seals to this hub's key")
    fix = f"write the `kiosk_public_key` of `comptoir hub init {config_file} --json` into it as `hub_public_key`"
    return problem(
        KEY_CHECK, "the kiosk seals to another key than this hub's: no touch and no withdrawal arrives", fix
    )
