"""ADBC's driver for Flight SQL and pyarrow, unmodified, against a fresh project: arguments are host:port, a password, a token, and
for TLS a certificate."""

import sys

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi as flightsql
import adbc_driver_manager
import pyarrow

ADDR, PASSWORD, TOKEN = sys.argv[1:4]
DIGITS = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))"
OPTIONS = adbc_driver_flightsql.DatabaseOptions


def said(what):
    print(f"  ok  {what}")


def equal(got, wanted, what):
    assert got == wanted, f"{what}:\n got    {got!r}\n wanted {wanted!r}"
    said(what)


def refused(run, word, what):
    try:
        run()
    except adbc_driver_manager.Error as error:
        assert word in str(error), f"{what}: {error}"
        return said(f"{what}: {word}")
    raise AssertionError(f"{what} was not refused")


def connect(scheme="grpc", **more):
    return flightsql.connect(f"{scheme}://{ADDR}", db_kwargs=more, autocommit=True)


def with_password(scheme="grpc", **more):
    return connect(scheme, username="anna", password=PASSWORD, **more)


def asks(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_name, last_name FROM source.crm WHERE last_name = 'Hopper' ORDER BY 1")
        equal(cursor.fetchall()[0][1], "Hopper", "ADBC: a statement")
        cursor.execute("SELECT $1 + 1 AS n, upper($2) AS t", (41, "grüße"))
        equal(cursor.fetchone(), (42, "GRÜSSE"), "ADBC: values")
        cursor.execute(f"SELECT a.x, 'text' AS t FROM {DIGITS} a(x), {DIGITS} b, {DIGITS} c, {DIGITS} d, {DIGITS} e, {DIGITS} f")
        table = cursor.fetch_arrow_table()
        equal((table.num_rows, table.schema.field("t").type in (pyarrow.string(), pyarrow.string_view())), (1_000_000, True),
              "ADBC: a million rows as Arrow")
        refused(lambda: cursor.execute("SELECT * FROM master.nothing"), "K-SQL-PLAN", "ADBC: a table that is not there")
        refused(lambda: cursor.execute("DELETE FROM source.crm"), "K-SQL-READ-ONLY", "ADBC: a write")
        refused(lambda: cursor.executescript("DROP TABLE source.crm"), "K-SQL-READ-ONLY", "ADBC: an update")
        cursor.execute("SELECT 1 AS one")
        equal(cursor.fetchone(), (1,), "ADBC: it goes on after errors")
    objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
    schemas = {s["db_schema_name"]: s["db_schema_tables"] for c in objects for s in c["catalog_db_schemas"]}
    assert any(t["table_name"] == "crm" for t in schemas["source"]), schemas
    equal(connection.adbc_get_info()["vendor_name"], "Kith", "ADBC: lists of tables, and who it is")
    columns = connection.adbc_get_table_schema("crm", db_schema_filter="source").names
    assert "last_name" in columns, columns
    said("ADBC: the columns of a table")


def main():
    print(f"ADBC: flightsql {adbc_driver_flightsql.__version__}, pyarrow {pyarrow.__version__}")
    if len(sys.argv) > 4:
        with open(sys.argv[4]) as file:
            roots = {OPTIONS.TLS_ROOT_CERTS.value: file.read(), OPTIONS.TLS_OVERRIDE_HOSTNAME.value: "localhost"}
        with with_password("grpc+tls", **roots) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 AS one")
            return equal(cursor.fetchone(), (1,), "ADBC over TLS, verified")
    with with_password() as connection:
        asks(connection)
    with connect(**{OPTIONS.AUTHORIZATION_HEADER.value: f"Bearer {TOKEN}"}) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS one")
        equal(cursor.fetchone(), (1,), "ADBC: a token")
    refused(lambda: connect(username="anna", password="wrong password 1").cursor().execute("SELECT 1"), "sign in",
            "ADBC: a wrong password")
    refused(lambda: connect().cursor().execute("SELECT 1"), "sign in", "ADBC: nobody")


main()
