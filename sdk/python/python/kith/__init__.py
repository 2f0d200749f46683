"""Kith finds the records that are one person: probabilistic record linkage without labels or configuration.

    >>> import kith
    >>> result = kith.dedupe(df, confidence=0.95)
    >>> result.clusters          # record_id, cluster_id, confidence: a frame of the same kind as df
    >>> result.explain(17, 42)   # why two records are one, or not

Frames of pandas, polars, pyarrow and duckdb go in, and whatever else has ``__arrow_c_stream__``.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ._api import dedupe, explain
from ._errors import KithError
from ._result import Evaluation, Explanation, Result, Scores

try:
    __version__ = version("kith")
except PackageNotFoundError:  # run from a checkout
    __version__ = "0"

__all__ = ["Evaluation", "Explanation", "KithError", "Result", "Scores", "dedupe", "explain"]
