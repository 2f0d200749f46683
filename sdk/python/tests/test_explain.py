"""Whether the reasons add up, and the README is true."""

import contextlib
import io
import os
import pathlib
import re

import kith
import pytest
from conftest import ROOT, rows


def test_the_bits_add_up_to_the_weight_of_the_pair(make, fake):
    result = kith.dedupe(make(fake))
    for pair in rows(result.pairs)[::250]:
        why = result.explain(pair["id_l"], pair["id_r"])
        total = why.prior_bits + sum(row["weight_bits"] for row in rows(why.fields)) + why.household_bits
        total += why.calibration_bits
        assert total == pytest.approx(why.weight_bits, abs=1e-4)
        assert why.weight_bits == pytest.approx(pair["match_weight"], abs=1e-3)
        assert why.probability == pytest.approx(pair["match_probability"], abs=1e-4)
        assert type(why.fields) is type(result.pairs)


def test_a_waterfall_is_drawn(fake):
    one, other = "fake_1000-00000", "fake_1000-00722"
    text = str(kith.explain(fake, one, other))
    assert text.startswith(f"{one} and {other}") and "email" in text and "█" in text and "together" in text
    result = kith.dedupe(fake)
    assert str(kith.explain(result, one, other)) == text == str(result.explain(one, other))
    with pytest.raises(kith.KithError, match="K-DEDUPE-ID"):
        result.explain(one, "nobody")


README = pathlib.Path(__file__).parents[1] / "README.md"


def test_the_readme_says_what_happens(monkeypatch):
    """Every Python block of the README is run; where an output block follows, it is what is printed. KITH_BLESS=1 writes it anew."""
    text = README.read_text()
    monkeypatch.chdir(ROOT)
    scope = {}
    blocks = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", text, re.S)
    assert len(blocks) >= 4
    fresh = text
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, scope)
        said = "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())
        if expected:
            fresh = fresh.replace(expected, said)
    if os.environ.get("KITH_BLESS"):
        README.write_text(fresh)
    assert fresh == README.read_text(), "KITH_BLESS=1 writes the output anew"
