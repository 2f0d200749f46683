#!/usr/bin/env python3
"""gen_people.py for many records: the same rows in the same order, kept as packed bytes and written million by million,
so that ten million take 3 GB of memory instead of 15.

    gen_many.py --n 10000000 --seed 7 --out DIR
"""
import argparse, os, sys

import numpy as np, pyarrow as pa, pyarrow.parquet as pq

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gen_people as people

GROUP = 1 << 20
BEGIN, FIVE_YEARS = 1577836800, 157_680_000


def packed_rows(n, seed, dup):
    """As gen_people.main makes them; every call of the random generator is in the same place."""
    world = people.World(seed)
    random, sources = world.R, list(people.SRC)
    weights = [people.SRC[s][2] for s in sources]
    ratio = dup / (1 - dup)
    rows, entity, household = [], 0, 0
    while len(rows) < n:
        for person in world.household(entity):
            copies = 1
            if random.random() < .5:
                while copies < 12 and random.random() < 2 * ratio / (1 + 2 * ratio):
                    copies += 1
            for j in range(copies):
                source = random.choices(sources, weights)[0]
                head = (str(person["e"]), str(household), source)
                rows.append("\x1f".join(head + people.record(world, person, source, j == 0)).encode())
            entity = max(entity, person["e"] + 1)
        household += 1
    del rows[n:]
    random.shuffle(rows)
    return rows


def tables(rows, first, n):
    """Records and truth of some rows."""
    columns = list(zip(*(row.decode().split("\x1f") for row in rows)))
    numbers = range(first, first + len(rows))
    ids = [f"r{i:08d}" for i in numbers]
    created = [str(np.datetime64(BEGIN + int(i * FIVE_YEARS / n), "s")) for i in numbers]
    known = {name: pa.array([x or None for x in columns[3 + at]], pa.string()) for at, name in enumerate(people.COLS)}
    records = pa.table({"record_id": ids, "source": list(columns[2]), "created_at": created, **known})
    entities, households = [f"e{x}" for x in columns[0]], [f"h{x}" for x in columns[1]]
    return records, pa.table({"record_id": ids, "entity_id": entities, "household_id": households, "source": list(columns[2])})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--dup", type=float, default=.30)
    parser.add_argument("--out", required=True)
    a = parser.parse_args()
    rows = packed_rows(a.n, a.seed, a.dup)
    os.makedirs(a.out, exist_ok=True)
    writers = {}
    for first in range(0, a.n, GROUP):
        for name, table in zip(("records", "truth"), tables(rows[first:first + GROUP], first, a.n)):
            if name not in writers:
                writers[name] = pq.ParquetWriter(f"{a.out}/{name}.parquet", table.schema, compression="zstd")
            writers[name].write_table(table, row_group_size=GROUP)
    for writer in writers.values():
        writer.close()


if __name__ == "__main__":
    main()
