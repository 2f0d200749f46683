"""Data and kinds of frames."""

import os
import pathlib

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATA = ROOT / "bench" / "data"
MAKERS = {
    "pandas": lambda table: table.to_pandas(),
    "polars": polars.DataFrame,
    "pyarrow": lambda table: table,
}


def read(name):
    """A file of a bench set with every cell as the text that stands there."""
    frame = pandas.read_csv(DATA / name, dtype=str, keep_default_na=False)
    return frame.where(frame != "", None)


def rows(frame):
    """Any kind of frame as a list of dicts."""
    if isinstance(frame, pandas.DataFrame):
        return pyarrow.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return pyarrow.table(frame).to_pylist()


@pytest.fixture(scope="session")
def kith_binary():
    """The command, to compare with; `make test` names the one that it has built."""
    binary = os.environ.get("KITH")
    if not binary:
        pytest.skip("KITH does not name a built kith to compare with")
    assert os.access(binary, os.X_OK), f"KITH={binary} is not there"
    return binary


@pytest.fixture(scope="session")
def fake():
    return read("fake_1000/records.csv.gz")


@pytest.fixture(scope="session")
def fake_truth():
    return read("fake_1000/truth.csv.gz")


@pytest.fixture(params=MAKERS)
def make(request):
    """Makes a frame of one kind out of a pandas frame."""
    maker = MAKERS[request.param]
    return lambda frame: maker(pyarrow.Table.from_pandas(frame, preserve_index=False))
