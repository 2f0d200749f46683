"""psycopg 3, psycopg2 and SQLAlchemy, unmodified, against a fresh project: arguments are host:port and a password."""

import datetime
import decimal
import json
import sys
import threading
import time

import psycopg
import psycopg2
import sqlalchemy
from sqlalchemy import create_engine, inspect, text

ADDR, PASSWORD = sys.argv[1], sys.argv[2]
HOST, PORT = ADDR.split(":")
AT = dict(host=HOST, port=int(PORT), user="anna", password=PASSWORD, dbname="kith")
DIGITS = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))"
TYPES = """SELECT true AS b, CAST(1 AS smallint) AS i2, CAST(-2 AS int) AS i4, CAST(3000000000 AS bigint) AS i8,
  CAST(1.5 AS real) AS f4, CAST(-2.25 AS double) AS f8, CAST('123456.789' AS decimal(20, 3)) AS n, 'Grüße' AS t,
  CAST('2024-02-29' AS date) AS d, CAST('2024-02-29 12:34:56.789' AS timestamp) AS ts,
  arrow_cast('2024-02-29T12:34:56Z', 'Timestamp(Microsecond, Some("UTC"))') AS tz,
  arrow_cast('abc', 'Binary') AS y, make_array(1, 2) AS l, CAST(NULL AS int) AS nothing"""
UTC = datetime.timezone.utc
VALUES = (
    True, 1, -2, 3000000000, 1.5, -2.25, decimal.Decimal("123456.789"), "Grüße",
    datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 34, 56, 789000),
    datetime.datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC), b"abc", [1, 2], None,
)


def said(what):
    print(f"  ok  {what}")


def equal(got, wanted, what):
    assert got == wanted, f"{what}:\n got    {got!r}\n wanted {wanted!r}"
    said(what)


def refused(run, state, what):
    try:
        run()
    except (psycopg.Error, psycopg2.Error) as error:
        code = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        assert code == state, f"{what}: {code} {error}"
        return said(f"{what}: {state}")
    raise AssertionError(f"{what} was not refused")


def psycopg3():
    for binary in (False, True):
        with psycopg.connect(**AT, autocommit=True) as c, c.cursor(binary=binary) as cursor:
            row = list(cursor.execute(TYPES).fetchone())
            row[11] = bytes(row[11])
            equal(tuple(row), VALUES, f"psycopg: fourteen types, {'binary' if binary else 'text'}")
            for prepare in (False, True, True):
                sql = "SELECT first_name FROM source.crm WHERE last_name = %s ORDER BY 1 LIMIT %b"
                rows = cursor.execute(sql, ("Hopper", 2), prepare=prepare).fetchall()
                assert len(rows) == 2, rows
            bound = (7, 2.5, "x", True, datetime.date(2024, 2, 29), decimal.Decimal("1.25"), None)
            row = cursor.execute("SELECT %b, %b, %b, %b, %b, %b, %b", bound).fetchone()
            equal((row[0], row[1], row[2], row[3], row[4], row[6]), bound[:5] + (None,), "psycopg: values of seven types")
            assert row[5] == bound[5], row
    with psycopg.connect(**AT) as c:
        equal(c.execute("SELECT count(*) FROM source.crm").fetchone(), (4,), "psycopg: in a transaction")
        refused(lambda: c.execute("DELETE FROM source.crm"), "25006", "psycopg: DELETE")
        refused(lambda: c.execute("SELECT 1"), "25P02", "psycopg: a failed transaction")
        c.rollback()
        with c.cursor(name="server") as cursor:
            refused(lambda: cursor.execute("SELECT 1"), "0A000", "psycopg: a cursor by name")
        c.rollback()
        rows = c.cursor().stream(f"SELECT a.column1 FROM {DIGITS} a, {DIGITS} b, {DIGITS} c, {DIGITS} d, {DIGITS} e")
        equal(sum(1 for _ in rows), 100_000, "psycopg: 100,000 rows row by row")
    with psycopg.connect(**AT, autocommit=True) as c:
        with c.pipeline():
            cursors = [c.execute("SELECT %s::int", (n,)) for n in range(20)]
        equal([x.fetchone()[0] for x in cursors], list(range(20)), "psycopg: a pipeline of 20")
    cancel()
    refused(lambda: psycopg.connect(**{**AT, "password": "wrong"}), None, "psycopg: a wrong password")


def cancel():
    many = ", ".join(f"{DIGITS} t{n}" for n in range(14))
    with psycopg.connect(**AT, autocommit=True) as c:
        timer = threading.Timer(0.5, c.cancel_safe)
        timer.start()
        begun = time.monotonic()
        refused(lambda: c.execute(f"SELECT sum(t0.column1 + t13.column1) FROM {many}"), "57014", "psycopg: cancel")
        assert time.monotonic() - begun < 2.5, "a cancelled query goes on"
        equal(c.execute("SELECT 1").fetchone(), (1,), "psycopg: the connection goes on")


def psycopg_2():
    with psycopg2.connect(**AT) as c, c.cursor() as cursor:
        cursor.execute(TYPES)
        row = list(cursor.fetchone())
        row[11] = bytes(row[11])
        equal(tuple(row), VALUES, "psycopg2: fourteen types")
        cursor.execute("SELECT count(*) FROM source.crm WHERE last_name IN %s", (("Hopper", "nobody"),))
        equal(cursor.fetchone(), (2,), "psycopg2: values in the text")
        refused(lambda: cursor.execute("SELECT nothing FROM master.customer"), "42703", "psycopg2: a wrong column")
        c.rollback()
        refused(lambda: cursor.execute("INSERT INTO source.crm VALUES (1)"), "25006", "psycopg2: INSERT")


def sqlalchemy_reflection():
    for driver in ("psycopg", "psycopg2"):
        engine = create_engine(f"postgresql+{driver}://anna:{PASSWORD.replace(' ', '%20')}@{ADDR}/kith")
        look = inspect(engine)
        assert {"master", "source", "identity"} <= set(look.get_schema_names()), look.get_schema_names()
        assert "customer" in look.get_table_names(schema="master"), look.get_table_names(schema="master")
        columns = {c["name"]: str(c["type"]) for c in look.get_columns("customer", schema="master")}
        assert columns["family_name"] == "TEXT", columns
        equal(look.get_pk_constraint("customer", schema="master")["constrained_columns"], [], f"{driver}: no key")
        assert look.get_foreign_keys("customer", schema="master") == []
        assert look.get_indexes("customer", schema="master") == []
        assert look.get_view_names(schema="master") == []
        assert look.has_table("customer", schema="master") and not look.has_table("nothing", schema="master")
        table = sqlalchemy.Table("crm", sqlalchemy.MetaData(), schema="source", autoload_with=engine)
        with engine.connect() as c:
            wanted = sqlalchemy.select(table.c.first_name).where(table.c.last_name == "Hopper").limit(5)
            equal(len(c.execute(wanted).all()), 2, f"SQLAlchemy over {driver}: reflected, and asked")
            equal(c.execute(text("SELECT 1")).scalar(), 1, f"SQLAlchemy over {driver}: plain text")


for f in (psycopg3, psycopg_2, sqlalchemy_reflection):
    f()
print(json.dumps({"psycopg": psycopg.__version__, "psycopg2": psycopg2.__version__, "SQLAlchemy": sqlalchemy.__version__}))
