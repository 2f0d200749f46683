"""What was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import _frames, _kith


@dataclass(frozen=True)
class Scores:
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Evaluation:
    """How well clusters agree with the truth, over pairs of records and, B-cubed, over records."""

    pairwise: Scores
    bcubed: Scores
    true_pairs: int
    claimed_pairs: int
    largest_cluster: int


@dataclass(frozen=True)
class Explanation:
    """Why two records match, or do not: ``prior_bits`` + the fields' ``weight_bits`` + ``household_bits``
    + ``calibration_bits`` = ``weight_bits``.

    Attributes:
        left: The id of the one record.
        right: The id of the other.
        fields: A frame of what was compared: both values, agreement level, m, u, weight, and its part from rarity.
        prior_bits: The odds that two random records match.
        household_bits: What is taken off because they may be two people of one household.
        calibration_bits: What is added or taken off because evidence of this strength is worth more or less than it says.
        weight_bits: The match weight.
        probability: The match probability.
    """

    left: str
    right: str
    fields: Any
    prior_bits: float
    household_bits: float
    calibration_bits: float
    weight_bits: float
    probability: float
    _rows: tuple[tuple[str, str, float], ...]

    def __str__(self) -> str:
        lines = [("prior", "two random records", self.prior_bits), *self._rows]
        if self.household_bits:
            lines.append(("household", "they may be two people of one", self.household_bits))
        if self.calibration_bits:
            lines.append(("calibration", "what such evidence is worth", self.calibration_bits))
        lines.append(("together", f"probability {self.probability:.6f}", self.weight_bits))
        names = min(max(len(name) for name, _, _ in lines), 30)
        whats = min(max(len(what) for _, what, _ in lines), 70)
        scale = 20 / max(max(abs(line[2]) for line in lines), 1.0)
        text = [f"{self.left} and {self.right}: weight in bits"]
        for name, what, bits in lines:
            bar = ("█" if bits > 0 else "░") * round(abs(bits) * scale)
            text.append(f"{name[:30]:{names}}  {what[:70]:{whats}}  {bits:+7.2f}  {bar}".rstrip())
        return "\n".join(text)

    __repr__ = __str__


class Result:
    """What :func:`kith.dedupe` found. Frames are of the kind that went in.

    Attributes:
        confidence: The confidence at which :attr:`clusters` are cut.
        evaluation: How right the clusters are, where a truth was given.
    """

    def __init__(self, resolved: _kith.Resolved, confidence: float, make: Callable[[Any], Any], index: Any) -> None:
        self._resolved, self._make, self._index = resolved, make, index
        self.confidence = confidence
        self.evaluation: Evaluation | None = None

    def at(self, confidence: float) -> Any:
        """The clusters at another confidence, at once: the stricter ones lie within the looser."""
        table, _ = self._resolved.clusters(confidence)
        frame = self._make(table)
        if self._index is not None and hasattr(frame, "index"):
            # So that a column of it can be assigned to the frame that came in.
            frame.index = self._index
        return frame

    @cached_property
    def clusters(self) -> Any:
        """``record_id``, ``cluster_id`` (from 1) and ``confidence`` of every record, in the order of the rows; with several
        frames also ``source``."""
        return self.at(self.confidence)

    @cached_property
    def pairs(self) -> Any:
        """The pairs with a probability of 0.05 or more: ``id_l``, ``id_r``, ``match_weight`` (bits), ``match_probability``."""
        return self._make(self._resolved.pairs())

    @cached_property
    def columns(self) -> Any:
        """What each column was taken for, how sure that is, and why."""
        return self._make(self._resolved.columns())

    @property
    def model(self) -> str:
        """The matching model as TOML, for ``dedupe(..., model=…)`` and for version control."""
        return self._resolved.model

    @property
    def sources(self) -> list[str]:
        """The sources, if there are several."""
        return self._resolved.sources

    @cached_property
    def entities(self) -> int:
        """How many entities there are at :attr:`confidence`."""
        return self._resolved.clusters(self.confidence)[1]

    def __len__(self) -> int:
        return len(self._resolved)

    def evaluate(self, truth: Any = None, confidence: float | None = None) -> Evaluation:
        """How right the clusters are, pairwise and B-cubed.

        Args:
            truth: A frame with ``record_id`` and ``entity_id``; without it the column that ``dedupe`` was told.
            confidence: Where to cut, if not at :attr:`confidence`.
        """
        at = self.confidence if confidence is None else confidence
        table = None if truth is None else _frames.to_arrow(truth)
        pairwise, bcubed, true_pairs, claimed, largest = self._resolved.evaluate(at, table)
        found = Evaluation(Scores(*pairwise), Scores(*bcubed), true_pairs, claimed, largest)
        if confidence is None:
            self.evaluation = found
        return found

    def explain(self, left: Any, right: Any) -> Explanation:
        """Why the records of two ids are one entity, or not."""
        one, other = _id(left), _id(right)
        table, rows, sums = self._resolved.explain(one, other)
        return Explanation(one, other, self._make(table), *sums, tuple(rows))

    def summary(self) -> str:
        """All of it in a few lines."""
        records = len(self)
        lines = [
            f"{records:,} records are {self.entities:,} entities at confidence {self.confidence}: "
            f"{records - self.entities:,} duplicates.",
            f"Record ids: {self._resolved.ids}. {self._resolved.pairs_compared:,} pairs were compared.",
        ]
        if self.sources:
            lines.append(f"Sources: {', '.join(self.sources)}.")
        used, unused = self._resolved.meanings
        lines.append("Columns: " + ", ".join(f"{name} → {field}" for name, field in used) + ".")
        if unused:
            lines.append(f"Not used: {', '.join(unused)}.")
        if self.evaluation:
            for name, scores in (("Pairwise", self.evaluation.pairwise), ("B-cubed", self.evaluation.bcubed)):
                lines.append(f"{name}: precision {scores.precision:.4f}, recall {scores.recall:.4f}, F1 {scores.f1:.4f}.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<kith.Result: {len(self):,} records, {self.entities:,} entities at {self.confidence}>"


def _id(value: Any) -> str:
    """A record's id as text: 7.0, which pandas makes of 7 beside a missing one, is 7."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
