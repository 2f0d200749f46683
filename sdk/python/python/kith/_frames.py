"""Frames in and out: Arrow on the way in, the caller's own kind of frame on the way out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

INDEX = "__kith_index__"


def named(data: Any) -> list[tuple[str, Any]]:
    """One frame, several, or several with names, as a list with names."""
    if isinstance(data, Mapping):
        return [(str(name), frame) for name, frame in data.items()]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [(str(at), frame) for at, frame in enumerate(data)]
    return [("0", data)]


def _is(frame: Any, library: str, *kinds: str) -> bool:
    """True if the frame is of a library, which is not imported for the question's sake."""
    module = sys.modules.get(library)
    return module is not None and any(isinstance(frame, getattr(module, kind)) for kind in kinds if hasattr(module, kind))


def to_arrow(frame: Any) -> Any:
    """The frame as something that speaks Arrow. An index of pandas that names rows comes along as a column."""
    if _is(frame, "pandas", "DataFrame"):
        return _pandas_to_arrow(frame)
    if _is(frame, "polars", "LazyFrame"):
        frame = frame.collect()
    if _is(frame, "polars", "DataFrame"):
        # polars gives columns without any value a buffer, which Arrow's reader does not expect.
        polars = sys.modules["polars"]
        return frame.with_columns(polars.col(polars.Null).cast(polars.String))
    if hasattr(frame, "__arrow_c_stream__"):
        return frame
    if hasattr(frame, "__arrow_c_array__"):
        return _pyarrow().table(frame)
    raise TypeError(
        f"kith takes frames of pandas, polars, pyarrow, duckdb or whatever else has __arrow_c_stream__, not {type(frame).__name__}"
    )


def _pyarrow() -> Any:
    try:
        import pyarrow  # type: ignore[import-untyped]
    except ImportError as error:
        raise ImportError("pandas frames come and go by Arrow: pip install pyarrow") from error
    return pyarrow


def _pandas_to_arrow(frame: Any) -> Any:
    pandas, pyarrow = sys.modules["pandas"], _pyarrow()
    frame = frame.copy(deep=False)
    frame.columns = [str(name) for name in frame.columns]
    if any(name is not None for name in frame.index.names):
        # A named index is data like any column, unless a column has its name already.
        fresh = [name for name in frame.index.names if name is not None and str(name) not in frame.columns]
        levels = frame.index.to_frame(index=False)
        for at, name in enumerate(fresh):
            frame.insert(at, str(name), levels[name].array)
    elif not _counts_rows(frame.index, pandas) and frame.index.nlevels == 1 and frame.index.is_unique:
        frame[INDEX] = frame.index.array
    for name in frame.columns[frame.dtypes == object] if frame.columns.is_unique else []:
        if pandas.api.types.infer_dtype(frame[name], skipna=True) not in ("string", "empty", "boolean", "integer", "date"):
            # Several types in one column, which Arrow refuses: as they print.
            frame[name] = frame[name].map(_text, na_action="ignore").astype(object)
    if not frame.columns.is_unique:
        # Arrow can have two columns of a name, which the reader refuses with a reason.
        arrays = [pyarrow.array(frame.iloc[:, at].astype(str)) for at in range(frame.shape[1])]
        return pyarrow.table(arrays, names=list(frame.columns))
    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _counts_rows(index: Any, pandas: Any) -> bool:
    return isinstance(index, pandas.RangeIndex) and index.start == 0 and index.step == 1


def with_index(tables: list[tuple[str, Any]]) -> tuple[list[tuple[str, Any]], str | None]:
    """The column that holds the index, if all tables bring one; else the tables without it."""
    brings = [INDEX in getattr(table, "column_names", ()) for _, table in tables]
    if all(brings):
        return tables, INDEX
    return [(name, table.drop_columns([INDEX]) if has else table) for (name, table), has in zip(tables, brings)], None


def maker(frame: Any) -> Callable[[Any], Any]:
    """What makes a frame of the same kind out of one of ours."""
    if _is(frame, "pandas", "DataFrame"):
        return lambda table: _pyarrow().table(table).to_pandas()
    if _is(frame, "polars", "DataFrame", "LazyFrame"):
        return lambda table: sys.modules["polars"].DataFrame(table)
    return _arrow_if_there


def _arrow_if_there(table: Any) -> Any:
    """A pyarrow table where pyarrow is installed, else ours, which speaks Arrow all the same."""
    try:
        return _pyarrow().table(table)
    except ImportError:
        return table
