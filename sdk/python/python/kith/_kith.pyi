"""The part of the package that is not Python."""

from typing import Any, TypedDict

class Wishes(TypedDict):
    id: str | None
    index: str | None
    meanings: list[tuple[str, str | None]]
    truth: str | None
    link_only: bool
    region: str | None
    model: str | None
    threads: int | None

class ArrowTable:
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    def __len__(self) -> int: ...

class Resolved:
    ids: str
    sources: list[str]
    model: str
    pairs_compared: int
    meanings: tuple[list[tuple[str, str]], list[str]]
    def __len__(self) -> int: ...
    def clusters(self, confidence: float) -> tuple[ArrowTable, int]: ...
    def pairs(self) -> ArrowTable: ...
    def columns(self) -> ArrowTable: ...
    def evaluate(
        self, confidence: float, truth: Any = None
    ) -> tuple[tuple[float, float, float], tuple[float, float, float], int, int, int]: ...
    def explain(
        self, left: str, right: str
    ) -> tuple[ArrowTable, list[tuple[str, str, float]], tuple[float, float, float, float]]: ...

def resolve(frames: list[tuple[str, Any]], wishes: Wishes) -> Resolved: ...
