"""The hub's files: the database, the key that opens it, the programs."""

import hmac
from collections.abc import Sequence

from hardware.host.doctor import clock
from hardware.host.doctor.examination import Tools, in_thread
from hardware.host.doctor.finding import Finding, ok, problem, skipped
from hardware.host.entropy import Entropy
from hub.config import StoreConfig
from hub.offers.program import load_programs
from hub.store.peek import clock_mark_s, key_check, newer_release
from hub.store.vault import Vault, open_vault


def vault_of(config: StoreConfig, entropy: Entropy) -> Vault | None:
    """The store's vault, or None before its first start. Creates nothing.

    Raises:
        PermissionDeniedError, StorageError: see `open_vault`.
    """
    if not (config.key_file.exists() or config.database.exists()):
        return None
    return open_vault(config.key_file, config.database, entropy)


async def examine_key(config: StoreConfig, tools: Tools, config_file: str) -> Sequence[Finding]:
    """Whether the key file is there, private, and the one the database was made with.

    Raises:
        PermissionDeniedError, StorageError: see `open_vault`.
    """
    check = "key.file"
    vault = await in_thread(lambda: vault_of(config, tools.entropy))
    if vault is None:
        fix = f"make them: `comptoir hub init {config_file}`"
        return (problem(check, "there is no key and no database yet", fix),)
    expected = await in_thread(lambda: key_check(config.database))
    if expected is not None and not hmac.compare_digest(expected, vault.index("key check", b"")):
        fix = "restore the database and the key file from the same backup"
        return (problem(check, "the key file is not the one this database was made with", fix),)
    fits = "fits the database" if expected is not None else "is readable by its owner only"
    return (ok(check, f"{config.key_file} {fits}"),)


async def examine_release(config: StoreConfig) -> Sequence[Finding]:
    """Whether this release may open the database: what a newer one wrote is left alone."""
    check = "database.release"
    try:
        newer = await in_thread(lambda: newer_release(config.database))
    except OSError:
        newer = None
    if newer is None:
        return (skipped(check, "there is no database yet, or it cannot be read"),)
    if newer:
        fix = "upgrade comptoir on this machine, or restore the backup made before the upgrade"
        return (
            problem(check, f"a newer release wrote the database ({newer[0]}): this one leaves it alone", fix),
        )
    return (ok(check, "this release or an older one wrote the database"),)


async def examine_clock(config: StoreConfig, tools: Tools) -> Sequence[Finding]:
    """Whether the clock stands before what the database knows (A10)."""
    try:
        mark_s = await in_thread(lambda: clock_mark_s(config.database))
    except OSError as error:
        return (skipped("clock.not_back", f"the database cannot be read: {error.strerror}"),)
    return (clock.judge_not_back(tools.clock.now_s(), mark_s),)


async def examine_programs(config: StoreConfig) -> Sequence[Finding]:
    """Whether the loyalty programs can be read.

    Raises:
        ConfigError: see `load_programs`.
    """
    programs = await in_thread(lambda: load_programs(config.programs))
    if not programs:
        return (ok("programs", f"no program in {config.programs}: nothing is offered"),)
    return (ok("programs", f"{len(programs)} in {config.programs}"),)
