"""Whether frames give what files give, and the same on every way."""

import csv
import subprocess
import threading
import time

import kith
import pandas
import polars
import pyarrow
import pytest
from conftest import DATA, read, rows


def by_command(binary, folder, *arguments):
    """What `kith dedupe` answers: (record_id, cluster_id, confidence) as texts."""
    out = folder / "clusters.csv"
    subprocess.run([binary, "dedupe", *map(str, arguments), "--out", out, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return [tuple(row) for row in list(csv.reader(out.open()))[1:]]


def by_frame(result):
    texts = rows(result.clusters)
    return [(str(row["record_id"]), str(row["cluster_id"]), f"{row['confidence']:.6f}") for row in texts]


@pytest.mark.parametrize("name", ["fake_1000", "febrl4", "historical_a"])
def test_a_frame_gives_what_the_file_gives(name, kith_binary, tmp_path):
    link_only = name == "febrl4"
    expected = by_command(kith_binary, tmp_path, DATA / name / "records.csv.gz", *["--link-only"] * link_only)
    found = kith.dedupe(read(f"{name}/records.csv.gz"), link_only=link_only)
    assert by_frame(found) == expected


def test_all_kinds_of_frames_give_the_same_and_get_their_own_kind_back(make, fake):
    frame = make(fake)
    found = kith.dedupe(frame)
    for answer in (found.clusters, found.pairs, found.columns):
        assert type(answer) is type(frame)
    assert by_frame(found) == by_frame(kith.dedupe(fake))


def test_the_result_does_not_depend_on_threads_or_the_order_of_rows(fake):
    first = kith.dedupe(fake, threads=1)
    assert by_frame(first) == by_frame(kith.dedupe(fake, threads=4))
    assert first.model == kith.dedupe(fake, threads=3).model
    mixed = kith.dedupe(fake.sample(frac=1, random_state=7, ignore_index=True))

    def entities(result):
        groups = result.clusters.groupby("cluster_id")["record_id"].agg(frozenset)
        return set(groups)

    assert entities(first) == entities(mixed)


def test_truth_is_a_frame_or_a_column(make, fake, fake_truth):
    by_truth = kith.dedupe(make(fake), truth=make(fake_truth)).evaluation
    assert by_truth.pairwise.f1 > 0.97 and by_truth.bcubed.f1 > 0.97
    labelled = fake.merge(fake_truth, on="record_id")
    result = kith.dedupe(make(labelled), truth="entity_id")
    assert result.evaluation == by_truth
    assert "it holds the truth" in [row["reason"] for row in rows(result.columns)]
    strict = result.evaluate(confidence=0.999)
    assert strict.pairwise.recall < by_truth.pairwise.recall
    assert result.evaluation == by_truth


def test_frames_are_linked_across_and_named(make):
    both = read("febrl4/records.csv.gz")
    source = next(name for name in both.columns if both[name].nunique() == 2)
    one, other = [make(part.drop(columns=source)) for _, part in both.groupby(source)]
    truth = read("febrl4/truth.csv.gz")
    result = kith.dedupe({"crm": one, "shop": other}, link_only=True, truth=truth)
    assert result.evaluation.pairwise.f1 > 0.999
    assert result.sources == ["crm", "shop"]
    found = pandas.DataFrame(rows(result.clusters))
    assert found["source"].tolist() == ["crm"] * 5000 + ["shop"] * 5000
    assert found.groupby(["cluster_id", "source"]).size().max() == 1
    assert kith.dedupe([one, other], link_only=True).sources == ["0", "1"]


def test_a_model_is_used_again(fake, tmp_path):
    first = kith.dedupe(fake)
    file = tmp_path / "model.toml"
    file.write_text(first.model)
    for model in (first.model, file, str(file)):
        again = kith.dedupe(fake, model=model)
        assert again.model == first.model and by_frame(again) == by_frame(first)


def test_clusters_at_a_stricter_confidence_lie_within_the_looser(fake):
    result = kith.dedupe(fake, confidence=0.5)
    strict = result.at(0.99)
    assert by_frame(kith.dedupe(fake, confidence=0.99)) == by_frame(type("R", (), {"clusters": strict}))
    pairs = pandas.DataFrame({"loose": result.clusters["cluster_id"], "strict": strict["cluster_id"]})
    assert pairs.groupby("strict")["loose"].nunique().max() == 1
    assert strict["cluster_id"].max() > result.entities == result.clusters["cluster_id"].max()


def test_the_summary_says_it_all(fake, fake_truth):
    summary = kith.dedupe(fake, truth=fake_truth).summary()
    for words in ("1,000 records are 251 entities", 'the column "record_id"', "dob → birth_date", "Pairwise: precision 0.98"):
        assert words in summary, summary


def test_other_threads_of_python_run_meanwhile():
    frame = pyarrow.Table.from_pandas(read("historical_a/records.csv.gz"))
    work = threading.Thread(target=lambda: kith.dedupe(frame, threads=1))
    begun = last = time.perf_counter()
    gaps = []
    work.start()
    while work.is_alive():
        time.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    # With the GIL held, there would be one gap as long as the work.
    assert len(gaps) > 20 and max(gaps) < (last - begun) / 3, (len(gaps), max(gaps), last - begun)


def test_results_of_two_threads_do_not_meet(fake):
    expected, found = by_frame(kith.dedupe(fake)), []
    threads = [threading.Thread(target=lambda: found.append(by_frame(kith.dedupe(fake)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_lazy_frames_of_polars_and_relations_of_whoever_speaks_arrow(fake):
    class Stream:
        def __init__(self, table):
            self.table = table

        def __arrow_c_stream__(self, requested_schema=None):
            return self.table.__arrow_c_stream__(requested_schema)

    expected = by_frame(kith.dedupe(fake))
    lazy = kith.dedupe(polars.from_pandas(fake).lazy())
    assert isinstance(lazy.clusters, polars.DataFrame) and by_frame(lazy) == expected
    table = pyarrow.Table.from_pandas(fake)
    assert by_frame(kith.dedupe(Stream(table))) == expected
    assert by_frame(kith.dedupe(table.to_batches()[0])) == expected
    assert by_frame(kith.dedupe(pyarrow.RecordBatchReader.from_batches(table.schema, table.to_batches(100)))) == expected
