"""One message for a person, also when several tasks failed."""

import asyncio

import pytest

from hardware.host.errors import ComptoirError, ConfigError, StorageError, one_error


async def fail(error: Exception) -> None:
    raise error


async def run(*errors: Exception) -> None:
    with one_error(ComptoirError):
        async with asyncio.TaskGroup() as tasks:
            for error in errors:
                tasks.create_task(fail(error))


def test_an_error_says_where_what_and_what_to_do() -> None:
    assert str(ConfigError("wrong", where="a.toml", fix="mend it")) == "a.toml: wrong — mend it"


async def test_the_first_of_ours_comes_out_alone() -> None:
    with pytest.raises(StorageError, match=r"^disk$"):
        await run(StorageError("disk"), ConfigError("file"))


async def test_nested_groups_too() -> None:
    with pytest.raises(StorageError, match=r"^disk$"), one_error(ComptoirError):
        raise ExceptionGroup("outer", [ExceptionGroup("inner", [StorageError("disk")])])


async def test_a_bug_of_ours_among_them_comes_out_whole() -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        await run(StorageError("disk"), KeyError("a bug"))
    assert {type(error) for error in caught.value.exceptions} == {StorageError, KeyError}
