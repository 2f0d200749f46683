#!/usr/bin/env python3
"""What a door costs: a result of a million rows in the server, and by each way out of it.

    bench/doors.py KITH [--rows 1000000] [--repeat 5] [--out FILE]

Makes a project with one Parquet file, serves it, and asks two queries: rows as they stand in the file, and rows that were sorted (work before
the first of them). "In the server" is EXPLAIN ANALYZE over HTTP: everything is computed and nothing goes out. The other ways end when
the client has all rows: Arrow over HTTP and Arrow Flight SQL (ADBC) as a table of pyarrow, PostgreSQL's wire as libpq has it (text and
binary, a result of 10,000 rows at a time). Beside the wall, the server's CPU time. The client runs on the same machine, and its time is in
the wall. PostgreSQL 15 with the same table answers the same client, for comparison.
"""
import argparse, http.client, json, os, pathlib, platform, socket, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "kith-python/doors"
PACKAGES = ["pyarrow>=20", "adbc-driver-flightsql==1.13.0", "psycopg[binary]==3.3.9"]
QUERIES = {
    "as they stand": "SELECT * FROM lake.people",
    "sorted": "SELECT * FROM lake.people ORDER BY email, id",
}
PASSWORD = "doors doors doors"


def begin_again():
    python = VENV / "bin/python"
    if not python.exists() or subprocess.run([python, "-c", "import adbc_driver_flightsql, psycopg, pyarrow"]).returncode:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
    server = HERE.parent / "scripts/with-postgres.sh"
    os.execv(server, [str(server), str(python), *sys.argv, "--url"])


def make(folder, rows):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    ids = pa.array(range(rows), pa.int64())
    text = ids.cast(pa.string())
    mixed = pc.cast(pc.bit_wise_and(pc.multiply(ids, 48271), 1048575), pa.string())
    table = pa.table({
        "id": ids,
        "email": pc.binary_join_element_wise("person", mixed, "@example.org", ""),
        "name": pc.binary_join_element_wise("Name of ", text, ""),
        "total": pc.divide(pc.cast(ids, pa.float64()), 7.0),
        "since": pc.cast(pc.cast(pc.bit_wise_and(ids, 16383), pa.int32()), pa.date32()),
    })
    (folder / "lake").mkdir()
    pq.write_table(table, folder / "lake/people.parquet", row_group_size=125_000)
    import pyarrow.csv
    pyarrow.csv.write_csv(table, folder / "people.csv", pyarrow.csv.WriteOptions(include_header=False))
    (folder / "kith.toml").write_text('[project]\nname = "doors"\n\n[[connection]]\nname = "lake"\nkind = "files"\npath = "lake"\n')


class Server:
    def __init__(self, binary, folder):
        call = lambda *args, **more: subprocess.run([binary, "-C", folder, *args], check=True, capture_output=True, text=True, **more).stdout.strip()
        self.token = call("token", "create", "doors")
        call("user", "add", "doors", "--role", "owner", "--password-stdin", input=PASSWORD)
        addresses = [arg for door in ("", "collect-", "sql-", "flight-") for arg in (f"--{door}addr", "127.0.0.1:0")]
        self.process = subprocess.Popen([binary, "-C", folder, "serve", *addresses, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.at = json.loads(self.process.stdout.readline())

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def http(self, sql, accept):
        link = http.client.HTTPConnection(self.at["addr"], timeout=600)
        link.connect()
        link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Accept": accept}
        link.request("POST", "/v1/sql", json.dumps({"query": sql}), head)
        answer = link.getresponse()
        if answer.status != 200:
            sys.exit(answer.read().decode())
        return answer

    def inside(self, sql):
        self.http("EXPLAIN ANALYZE " + sql, "application/json").read()
        return None

    def arrow(self, sql):
        import pyarrow as pa
        return pa.ipc.open_stream(self.http(sql, "application/vnd.apache.arrow.stream")).read_all().num_rows

    def flight(self, sql):
        import adbc_driver_flightsql.dbapi as flightsql
        if not hasattr(self, "linked"):
            self.linked = flightsql.connect(f"grpc://{self.at['flight']}", db_kwargs={"username": "doors", "password": PASSWORD}, autocommit=True)
        with self.linked.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table().num_rows

    def wire(self, sql, binary):
        from psycopg import pq
        if not hasattr(self, "dialled"):
            host, port = self.at["sql"].rsplit(":", 1)
            self.dialled = pq.PGconn.connect(f"host={host} port={port} user=doors password='{PASSWORD}' dbname=kith".encode())
        return fetched(self.dialled, sql, binary)


class Postgres:
    """The same rows, where they come from the wire's own server."""

    def __init__(self, url, folder):
        from psycopg import pq
        columns = "id bigint, email text, name text, total float8, since date"
        load = f"CREATE SCHEMA lake; CREATE TABLE lake.people ({columns}); COPY lake.people FROM STDIN WITH (FORMAT csv); ANALYZE"
        with (folder / "people.csv").open() as rows:
            subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", url, "-c", "DROP SCHEMA IF EXISTS lake CASCADE",
                            *[part for sql in load.split("; ") for part in ("-c", sql)]], check=True, stdin=rows)
        self.dialled = pq.PGconn.connect(url.encode())

    def inside(self, sql):
        return self.dialled.exec_(b"EXPLAIN ANALYZE " + sql.encode()) and None


def fetched(dialled, sql, binary):
    """By PostgreSQL's wire."""
    dialled.send_query_params(sql.encode(), None, result_format=binary)
    dialled.set_chunked_rows_mode(10_000)
    rows = 0
    while result := dialled.get_result():
        if result.error_message:
            sys.exit(result.error_message.decode())
        rows += result.ntuples
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--url", help="a database to load into, instead of a PostgreSQL of its own")
    a = parser.parse_args()
    if not a.url:
        begin_again()
    lines = [f"`bench/doors.py kith`, {time.strftime('%Y-%m-%d')}: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
             f"{a.rows:,} rows of five columns, median of {a.repeat}.\n",
             "| rows | way out | ms | over in the server | server's CPU ms |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        make(pathlib.Path(folder), a.rows)
        server, postgres = Server(a.kith, folder), Postgres(a.url, pathlib.Path(folder))
        ways = {"in the server": server.inside, "Arrow over HTTP": server.arrow, "Flight SQL": server.flight,
                "wire, text": lambda sql: server.wire(sql, 0), "wire, binary": lambda sql: server.wire(sql, 1),
                "PostgreSQL, in the server": postgres.inside, "PostgreSQL, text": lambda sql: fetched(postgres.dialled, sql, 0),
                "PostgreSQL, binary": lambda sql: fetched(postgres.dialled, sql, 1)}
        try:
            for name, sql in QUERIES.items():
                walls, cpus = {way: [] for way in ways}, {way: 0.0 for way in ways}
                for turn in range(a.repeat + 1):
                    for way, ask in ways.items():
                        begun, used = time.perf_counter(), server.cpu()
                        rows = ask(sql)
                        assert rows in (None, a.rows), f"{way}: {rows} rows"
                        if turn:
                            walls[way].append(time.perf_counter() - begun)
                            cpus[way] += (server.cpu() - used) / a.repeat
                for way in ways:
                    own = "PostgreSQL, " if way.startswith("PostgreSQL") else ""
                    wall, within = (statistics.median(walls[w]) for w in (way, own + "in the server"))
                    cpu = "" if own else f"{cpus[way] * 1000:.0f}"
                    lines.append(f"| {name} | {way} | {wall * 1000:.0f} | {(wall - within) * 1000:+.0f} ms, {(wall / within - 1) * 100:+.0f} % | {cpu} |")
        finally:
            server.process.terminate()
            server.process.wait(60)
    print("\n".join(lines))
    if a.out:
        a.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
