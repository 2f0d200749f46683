"""The data of bench/federated.py: the same for the same seed and sizes.

PostgreSQL has the customers and three fifths of the orders, a folder of Parquet the older orders, SQLite the help desk.
Values are drawn at random and mean nothing; what matters is how many rows each condition takes.
"""
import datetime, io, sqlite3, subprocess
import numpy as np
import pyarrow as pa
import pyarrow.compute, pyarrow.csv, pyarrow.parquet

CITIES = ["Berlin", "Hamburg", "München", "Köln", "Frankfurt", "Stuttgart", "Leipzig", "Bremen", "Dresden", "Hannover", "Ulm", "Jena"]
CITY_SHARE = [.25, .16, .14, .11, .09, .07, .06, .05, .04, .024, .004, .002]
GIVEN = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Fritz", "Greta", "Hans", "Ida", "Jan", "Karl", "Lena", "Mia", "Nils", "Olga", "Paul", "Zoë"]
FAMILY = ["Adler", "Bauer", "Conrad", "Dietz", "Ebert", "Fuchs", "Groß", "Huber", "Jung", "Klein", "Lang", "Möller", "Neumann", "Otto"]
SEGMENTS, SEGMENT_SHARE = ["new", "bronze", "silver", "gold"], [.4, .35, .2, .05]
STATUS, STATUS_SHARE = ["paid", "open", "returned", "cancelled"], [.8, .1, .07, .03]
TABLES = """
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, email text, city text NOT NULL, segment text NOT NULL,
                        score integer, created timestamp NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, placed date NOT NULL, status text NOT NULL,
                     items integer NOT NULL, total numeric(10, 2) NOT NULL, note text);
"""
INDEXES = """
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (placed);
CREATE EXTENSION pg_stat_statements;
"""


def words(rng, of, n, share=None):
    """`n` of these words."""
    index = rng.choice(len(of), n, p=share).astype("int32")
    return pa.DictionaryArray.from_arrays(pa.array(index), pa.array(of)).cast(pa.string())


def holes(rng, array, share):
    """Some of it NULL."""
    return pa.compute.if_else(pa.array(rng.random(len(array)) < share), pa.scalar(None, array.type), array)


def customers(rng, n):
    given, family = words(rng, GIVEN, n), words(rng, FAMILY, n)
    ids = pa.array(np.arange(1, n + 1))
    space, at = pa.scalar(" "), pa.scalar("@example.org")
    join = pa.compute.binary_join_element_wise
    email = join(pa.compute.utf8_lower(given), ids.cast(pa.string()), at, "")
    created = np.datetime64("2020-01-01", "us") + rng.integers(0, 6 * 365 * 86_400, n) * np.timedelta64(1_000_000, "us")
    return pa.table({
        "id": ids, "name": join(given, family, space), "email": holes(rng, email, .03), "city": words(rng, CITIES, n, CITY_SHARE),
        "segment": words(rng, SEGMENTS, n, SEGMENT_SHARE), "score": holes(rng, pa.array(rng.integers(0, 1000, n).astype("int32")), .1),
        "created": pa.array(created)})


def orders(rng, first, n, people, begin, days):
    placed = np.sort(np.datetime64(begin, "D") + rng.integers(0, days, n))
    # Decimals are whole numbers of 128 bits: no division, no rounding.
    cents = np.stack([rng.integers(100, 100_000, n), np.zeros(n, "int64")], axis=1)
    total = pa.Array.from_buffers(pa.decimal128(10, 2), n, [None, pa.py_buffer(cents.tobytes())])
    return pa.table({
        "id": pa.array(np.arange(first, first + n)), "customer_id": pa.array(rng.integers(1, people + 1, n)), "placed": pa.array(placed),
        "status": words(rng, STATUS, n, STATUS_SHARE), "items": pa.array(rng.integers(1, 9, n).astype("int32")), "total": total,
        "note": holes(rng, words(rng, ["gift", "leave at the door", "call first", "second floor"], n), .7)})


def help_desk(rng, path, people, n, members):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE tickets (id INTEGER PRIMARY KEY, customer_id INTEGER, opened TEXT, status TEXT, topic TEXT, priority INTEGER, "
               "rating INTEGER, subject TEXT)")
    db.execute("CREATE TABLE members (customer_id INTEGER PRIMARY KEY, level TEXT, phone TEXT)")
    day = [(datetime.date(2026, 1, 1) + datetime.timedelta(d)).isoformat() for d in range(200)]
    rows = zip(range(1, n + 1), rng.integers(1, people + 1, n).tolist(), words(rng, day, n).to_pylist(),
               words(rng, ["closed", "open", "waiting"], n, [.9, .06, .04]).to_pylist(),
               words(rng, ["delivery", "invoice", "return", "other"], n).to_pylist(), rng.integers(1, 6, n).tolist(),
               holes(rng, pa.array(rng.integers(1, 6, n)), .6).to_pylist(), words(rng, ["Where is it?", "Thank you", "Wrong size"], n).to_pylist())
    db.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    chosen = rng.choice(np.arange(1, people + 1), members, replace=False).tolist()
    phones = [f"030{n}" for n in rng.integers(100_000, 999_999, members).tolist()]
    db.executemany("INSERT INTO members VALUES (?, ?, ?)", zip(chosen, words(rng, ["one", "two", "three"], members).to_pylist(), phones))
    db.execute("CREATE INDEX tickets_customer ON tickets (customer_id)")
    db.execute("ANALYZE")
    db.commit()
    db.close()


def psql(url, sql, data=None):
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", sql], input=data, check=True)


def make(url, folder, people, count, tickets, members, seed=7):
    """Puts all of it there."""
    rng = np.random.default_rng(seed)
    psql(url, TABLES)

    def copy(table, rows):
        for part in rows.to_batches(max_chunksize=500_000):
            text = io.BytesIO()
            pa.csv.write_csv(part, text, pa.csv.WriteOptions(include_header=False))
            psql(url, f"COPY {table} FROM STDIN (FORMAT csv)", text.getvalue())

    old = count * 2 // 5
    copy("customers", customers(rng, people))
    copy("orders", orders(rng, old + 1, count - old, people, "2025-01-01", 600))
    psql(url, INDEXES)
    psql(url, "VACUUM ANALYZE")
    (folder / "lake").mkdir()
    pa.parquet.write_table(orders(rng, 1, old, people, "2022-01-01", 1096), folder / "lake/archive.parquet", row_group_size=122_880)
    help_desk(rng, folder / "desk.db", people, tickets, members)
