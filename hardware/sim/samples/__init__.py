"""The scenarios that ship: `quick` for a first try, `tills` for the hard case."""

from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

SAMPLES: Final = ("quick", "tills")
"""Their names, as `sample_path` takes them."""


def sample_path(name: str) -> Path:
    """The file of a shipped scenario; `name` is one of `SAMPLES`."""
    assert name in SAMPLES, f"no sample is called {name}"
    # An appliance installs packages as folders, so the file stays where it is.
    with as_file(files("hardware.sim.samples").joinpath(f"{name}.toml")) as path:
        return path
