"""The verbs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _frames, _kith
from ._errors import KithError
from ._result import Explanation, Result


def dedupe(
    data: Any,
    *,
    confidence: float = 0.5,
    link_only: bool = False,
    id: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    truth: Any = None,
    model: str | os.PathLike[str] | None = None,
    region: str | None = None,
    threads: int | None = None,
) -> Result:
    """Finds the records that are one entity.

    The columns' meaning is recognised by name and content, and the matching model is estimated without labels. The
    result is the same on any number of threads and for any order of the rows.

    Args:
        data: A frame; a list of frames, each a source of its own; or a dict of frames by the sources' names.
        confidence: How sure it must be that records are one, between 0 and 1. ``Result.at`` asks again at another.
        link_only: Compare only records of different sources, each of which is taken to be free of duplicates.
        id: The column that names a record. Else it is recognised; else pandas' index or the row's position is taken.
        columns: What columns mean where recognition errs: ``{"dob": "birth_date", "remarks": None}``; ``None`` = not
            used. ``Result.columns`` shows what was recognised.
        truth: Known answers to measure against: a frame with ``record_id`` and ``entity_id``, or the name of a column
            of ``data``, which is then not compared.
        model: A model to use instead of estimating one: the text of another result's ``model``, or a path to it.
        region: The country for phone numbers and address words, such as ``"US"`` or ``"DE"``.
        threads: How many threads; else as many as the machine has.

    Raises:
        KithError: A ``ValueError`` with ``code`` and ``help``, where the frames or what is asked for make no sense.
        TypeError: ``data`` is no frame.
    """
    if not 0 < confidence < 1:
        raise KithError("K-DEDUPE-CONFIDENCE", "the confidence is not between 0 and 1", "Use a probability such as 0.95.")
    if threads is not None and threads < 1:
        raise ValueError("threads must be at least 1")
    frames = _frames.named(data)
    if not frames:
        raise KithError("K-DEDUPE-FRAME", "there is no frame", "Give one frame, a list of frames, or a dict of them.")
    tables, index = _frames.with_index([(name, _frames.to_arrow(frame)) for name, frame in frames])
    wishes: _kith.Wishes = {
        "id": id,
        "index": index,
        "meanings": list((columns or {}).items()),
        "truth": truth if isinstance(truth, str) else None,
        "link_only": link_only,
        "region": region,
        "model": _model(model),
        "threads": threads,
    }
    resolved = _kith.resolve(tables, wishes)
    only = frames[0][1] if len(frames) == 1 else None
    result = Result(resolved, confidence, _frames.maker(frames[0][1]), getattr(only, "index", None))
    if truth is not None:
        result.evaluate(None if isinstance(truth, str) else truth)
    return result


def explain(data: Any, left: Any, right: Any, **options: Any) -> Explanation:
    """Why two records are one entity, or not: what each field adds to the match weight, in bits.

    Args:
        data: A :class:`Result`, or what :func:`dedupe` takes; ``options`` are then passed on to it.
        left: The id of a record, as in ``Result.clusters.record_id``.
        right: The id of the other.
    """
    result = data if isinstance(data, Result) else dedupe(data, **options)
    return result.explain(left, right)


def _model(model: str | os.PathLike[str] | None) -> str | None:
    if model is None or (isinstance(model, str) and "\n" in model):
        return model
    try:
        return Path(model).read_text(encoding="utf-8")
    except OSError as error:
        raise KithError("K-MODEL-READ", f"the model {os.fspath(model)!r} can not be read: {error}", "Check the path.") from error
