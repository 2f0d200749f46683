"""What stands in frames: types, indexes, ids, and rubbish."""

import datetime
import decimal
import subprocess

import kith
import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from conftest import read, rows
from test_dedupe import by_command, by_frame

GIVEN = ["Ada", "Ada", "Grace", "Alan", "Grace", "Edsger"]
FAMILY = ["Lovelace", "Lovlace", "Hopper", "Turing", "Hopper", "Dijkstra"]
BORN = ["1815-12-10", "1815-12-10", "1906-12-09", None, "1906-12-09", None]


def people(**more):
    return pandas.DataFrame({"first_name": GIVEN, "last_name": FAMILY, "dob": BORN, **more})


def fields(result):
    return {row["column"]: row["field"] for row in rows(result.columns)}


def test_types_become_the_texts_that_a_person_would_write(kith_binary, tmp_path):
    """A typed frame gives the same as the Parquet file that it is written to, which the command reads by itself."""
    frame = read("historical_a/records.csv.gz").head(3000)
    dates = pandas.to_datetime(frame["dob"], errors="coerce")
    frame["dob"] = pyarrow.array(dates.dt.date.where(dates.notna(), None), pyarrow.date32()).to_pandas(date_as_object=True)
    frame["score"] = numpy.linspace(0, 1, len(frame), dtype="float32").round(2)
    frame["cents"] = [decimal.Decimal(i % 997) / 100 for i in range(len(frame))]
    frame["visits"] = pandas.array([i % 7 if i % 5 else None for i in range(len(frame))], dtype="Int64")
    frame["vip"] = [i % 3 == 0 for i in range(len(frame))]
    frame["gender"] = frame["gender"].astype("category")
    frame["joined"] = pandas.Timestamp("2020-01-01") + pandas.to_timedelta(numpy.arange(len(frame)) % 900, unit="D")
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    file = tmp_path / "typed.parquet"
    pyarrow.parquet.write_table(table, file)
    assert by_frame(kith.dedupe(frame)) == by_command(kith_binary, tmp_path, file)
    assert by_frame(kith.dedupe(polars.DataFrame(table))) == by_frame(kith.dedupe(frame))


@pytest.mark.parametrize(
    "kind",
    [
        pyarrow.large_string(),
        pyarrow.string_view(),
        pyarrow.binary(),
        pyarrow.dictionary(pyarrow.int8(), pyarrow.string()),
        pyarrow.dictionary(pyarrow.uint32(), pyarrow.large_string()),
    ],
    ids=str,
)
def test_all_kinds_of_texts_are_texts(kind):
    table = pyarrow.Table.from_pandas(people())
    cast = pyarrow.table({name: pyarrow.array(table[name].to_pylist(), kind) for name in table.column_names})
    assert by_frame(kith.dedupe(cast)) == by_frame(kith.dedupe(table))


@pytest.mark.parametrize(
    "kind",
    [pyarrow.date32(), pyarrow.date64(), *[pyarrow.timestamp(unit) for unit in ("s", "ms", "us", "ns")]],
    ids=str,
)
def test_dates_and_midnights_are_dates(kind):
    born = [None if text is None else datetime.datetime.fromisoformat(text) for text in BORN]
    table = pyarrow.table({"first_name": GIVEN, "last_name": FAMILY, "dob": pyarrow.array(born, kind)})
    if kind == pyarrow.timestamp("ns"):
        table = table.set_column(2, "dob", table["dob"].cast(pyarrow.timestamp("ns")))
    assert by_frame(kith.dedupe(table)) == by_frame(kith.dedupe(people()))
    assert fields(kith.dedupe(table))["dob"] == "birth_date"


def test_structs_become_dotted_columns_and_lists_are_left_out():
    names = [{"first_name": g, "last_name": f} for g, f in zip(GIVEN, FAMILY)]
    table = pyarrow.table({"name": names, "dob": BORN, "tags": [["a"], [], None, ["b"], [], []], "nothing": [None] * 6})
    result = kith.dedupe(table)
    found = fields(result)
    assert (found["name.first_name"], found["name.last_name"], found["tags"]) == ("given_name", "family_name", None)
    assert "have no text" in next(row["reason"] for row in rows(result.columns) if row["column"] == "tags")
    assert by_frame(result) == by_frame(kith.dedupe(people()))


def test_ids_keep_their_type_so_that_answers_can_be_joined():
    frame = people(customer_nr=numpy.arange(6) + 100)
    result = kith.dedupe(frame, id="customer_nr")
    assert result.clusters["record_id"].dtype == "int64"
    assert len(frame.merge(result.clusters, left_on="customer_nr", right_on="record_id")) == 6
    assert result.pairs["id_l"].dtype == "int64"
    assert result.explain(100, 101).probability > 0.5
    halves = kith.dedupe([frame.head(3), frame.tail(3)], id="customer_nr")
    assert halves.clusters["record_id"].tolist() == list(range(100, 106))


def test_rows_have_their_position_or_the_index_of_pandas():
    assert kith.dedupe(people()).clusters["record_id"].tolist() == [0, 1, 2, 3, 4, 5]
    assert rows(kith.dedupe(polars.from_pandas(people())).clusters)[0]["record_id"] == 0
    odd = people().set_index(pandas.Index([10, 20, 30, 40, 50, 60]))
    result = kith.dedupe(odd)
    assert result.clusters["record_id"].tolist() == [10, 20, 30, 40, 50, 60]
    assert "__kith_index__" not in fields(result)
    odd["entity"] = result.clusters["cluster_id"]
    assert odd["entity"].tolist() == [1, 1, 2, 3, 2, 4]
    named = people().set_index(pandas.Index(["a", "b", "c", "d", "e", "f"], name="record_id"))
    assert kith.dedupe(named).clusters["record_id"].tolist() == list("abcdef")
    assert result.explain(10, 20).probability > 0.5
    mixed = kith.dedupe([odd.drop(columns="entity"), people()])
    assert "__kith_index__" not in fields(mixed) and mixed.clusters["record_id"].tolist() == list(range(12))
    twice = people().set_index(pandas.Index([1, 1, 2, 2, 3, 3]))
    assert kith.dedupe(twice).clusters["record_id"].tolist() == [0, 1, 2, 3, 4, 5]


def test_meanings_can_be_said():
    frame = people().rename(columns={"dob": "x1", "first_name": "x2", "last_name": "x3"})
    said = {"x1": "birth_date", "x2": "given_name", "x3": "family_name"}
    result = kith.dedupe(frame, columns=said)
    assert fields(result) == said
    assert by_frame(result) == by_frame(kith.dedupe(people()))
    assert fields(kith.dedupe(people(), columns={"dob": None}))["dob"] is None


def refused(code, *arguments, **options):
    with pytest.raises(kith.KithError) as caught:
        kith.dedupe(*arguments, **options)
    error = caught.value
    assert isinstance(error, ValueError) and error.code == code and error.help, error
    assert error.code in str(error) and error.help in str(error)
    return error


def test_what_can_not_be_done_is_said_with_a_code(fake, tmp_path):
    refused("K-DEDUPE-CONFIDENCE", fake, confidence=1.0)
    refused("K-DEDUPE-CONFIDENCE", fake, confidence=float("nan"))
    assert "first_name" in refused("K-DEDUPE-COLUMNS", fake, columns={"frist_name": "given_name"}).help
    assert "birth_date" in refused("K-DEDUPE-COLUMNS", fake, columns={"dob": "birthdate"}).help
    assert "record_id" in refused("K-DEDUPE-ID", fake, id="nr").help
    assert "list of two" in refused("K-DEDUPE-LINK-ONLY", fake, link_only=True).help
    refused("K-DEDUPE-TRUTH", fake, truth=fake)
    refused("K-DEDUPE-COLUMNS", fake, truth="entity")
    refused("K-MODEL-FORM", fake, model="not = a\nmodel")
    refused("K-MODEL-READ", fake, model=str(tmp_path / "none.toml"))
    refused("K-DEDUPE-FRAME", [])
    for wrong in (7, "records.csv", [[1, 2]], None):
        with pytest.raises(TypeError):
            kith.dedupe(wrong)
    with pytest.raises(ValueError):
        kith.dedupe(fake, threads=0)


def test_rubbish_is_refused_or_survived(make):
    nothing = people().head(0).astype(str)
    assert "0 rows" in str(refused("K-DEDUPE-FRAME", make(nothing)))
    refused("K-DEDUPE-NOTHING", make(pandas.DataFrame({"first_name": [None] * 5, "dob": [None] * 5}, dtype=object)))
    refused("K-DEDUPE-NOTHING", make(people()), columns=dict.fromkeys(["first_name", "last_name", "dob"]))
    assert "1 rows" in str(refused("K-DEDUPE-FRAME", make(people().head(1))))


def test_columns_of_one_name_are_refused():
    frame = pandas.concat([people(), people()[["dob"]]], axis=1)
    assert "dob" in str(refused("K-DEDUPE-FRAME", frame))
    table = pyarrow.Table.from_pandas(people())
    refused("K-DEDUPE-FRAME", table.append_column("dob", table["dob"]))


def test_mixed_and_odd_cells_of_pandas_are_read_as_they_print():
    mixed = people(phone=["123", 456, 7.0, None, float("nan"), datetime.date(2020, 1, 1)], remark=[b"a", "b", 1, {}, [], ()])
    assert len(kith.dedupe(mixed)) == 6
    assert len(kith.dedupe(people(**{"𝒰nicode ☃": ["\u0000", "é", "", " ", "\U0001f600", "a" * 100_000]}))) == 6
    numbered = people()
    numbered.columns = [0, 1, 2]
    assert len(kith.dedupe(numbered, columns={"0": "given_name", "1": "family_name", "2": "birth_date"})) == 6


def test_without_pandas_and_pyarrow_polars_is_enough(tmp_path):
    code = (
        "import sys; sys.modules['pyarrow'] = sys.modules['pandas'] = None\n"
        "import polars, kith\n"
        f"found = kith.dedupe(polars.DataFrame({people().astype(object).where(people().notna(), None).to_dict('list')!r}))\n"
        "assert found.clusters['cluster_id'].to_list() == [1, 1, 2, 3, 2, 4], found.clusters\n"
        "assert found.explain(0, 1).fields.height > 0 and found.pairs.height > 0"
    )
    subprocess.run([__import__("sys").executable, "-c", code], check=True, cwd=tmp_path)
