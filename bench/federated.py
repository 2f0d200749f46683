#!/usr/bin/env python3
"""Twenty queries over PostgreSQL, SQLite and Parquet: Kith beside DuckDB with its scanners, rows fetched and time in one run.

    bench/federated.py KITH [--small] [--repeat 5] [--policy] [--only 3,10] [--out FILE]

Starts a PostgreSQL of its own, loads generated customers and orders (`tools/gen_shop.py`) and asks `tools/federated.sql` of `kith serve`
over HTTP and of DuckDB in this process, in turn, each once unmeasured and then `--repeat` times; both answers must be the same. Times
end when the answer is an Arrow table here. Rows fetched from PostgreSQL are counted by the server itself (pg_stat_statements, COPY
included; what was broken off it does not count, then the engine's own figure stands), of SQLite by each engine (Kith's EXPLAIN ANALYZE,
which rounds to four digits; DuckDB's profile). DuckDB, its extensions,
numpy and pyarrow live in a virtual environment below the user's cache folder. `--policy` asks Kith alone, as an owner and as an analyst for
whom a column of each table is masked.
"""
import argparse, copy, decimal, http.client, json, os, pathlib, platform, resource, socket, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "kith-python/duckdb"
PACKAGES = ["duckdb==1.5.5", "duckdb-extensions==1.5.5", "duckdb-extension-postgres-scanner==1.5.5", "duckdb-extension-sqlite-scanner==1.5.5",
            "numpy==2.*", "pyarrow>=20"]
SIZES = dict(customers=1_000_000, orders=5_000_000, tickets=300_000, members=500)
SMALL = dict(customers=20_000, orders=100_000, tickets=6_000, members=100)
SERVER = "-c shared_preload_libraries=pg_stat_statements -c shared_buffers=1GB -c max_wal_size=8GB"
# Questions about data name a table like this; those about the catalogue do not.
ASKED = ("SELECT coalesce(sum(rows), 0), coalesce(sum(calls), 0) FROM pg_stat_statements "
         "WHERE query ~ '\"public\"\\.\"(customers|orders)\"' AND query !~ 'pg_stat_statements'")
PROJECT = """[project]
name = "bench"

[[connection]]
name = "shop"
kind = "postgres"
url = "{url}"
password = "env:PGPASSWORD"
limits = {{ seconds = 600 }}

[[connection]]
name = "desk"
kind = "sqlite"
path = "desk.db"
limits = {{ seconds = 600 }}
"""
PARQUET = """
[[connection]]
name = "lake"
kind = "files"
path = "lake"
"""
MASKED = {"shop.customers": "email", "shop.orders": "note", "desk.tickets": "subject", "desk.members": "phone", "lake.archive": "note"}
POLICY = """@id("bench") permit (principal in Role::"analyst", action, resource);
@id("masked") @mask("null") forbid (principal in Role::"analyst", action == Action::"see", resource)
when { resource.labels.contains("free_text") };
"""


def begin_again():
    """In the environment that has DuckDB, beside a PostgreSQL."""
    python = VENV / "bin/python"
    if subprocess.run([python, "-c", "import duckdb_extensions, numpy, pyarrow"], capture_output=True).returncode if python.exists() else True:
        print("making a Python environment in", VENV, file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES], check=True)
    server = HERE.parent / "scripts/with-postgres.sh"
    os.environ["POSTGRES_OPTIONS"] = SERVER
    os.execv(server, [str(server), str(python), *sys.argv, "--url"])


def queries(a):
    """Number, name and text of each."""
    found = []
    for part in (HERE / "tools/federated.sql").read_text().split("\n\n")[1:]:
        name, text = part.strip().removeprefix("-- ").split("\n", 1)
        found.append((len(found) + 1, name, text.strip().removesuffix(";")))
    wanted = {int(n) for n in a.only.split(",")} if a.only else {n for n, _, _ in found}
    return [query for query in found if query[0] in wanted and not (a.without_parquet and "lake." in query[2])]


class Postgres:
    def __init__(self, url):
        self.url = url

    def ask(self, sql):
        command = ["psql", "-X", "-A", "-t", "-F", " ", "-v", "ON_ERROR_STOP=1", self.url, "-c", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def rows_of(self, work):
        """Rows that it gave out while this was done, and in how many questions."""
        self.ask("SELECT pg_stat_statements_reset()")
        work()
        rows, calls = self.ask(ASKED).split()
        return int(rows), int(calls)


class Kith:
    name = "Kith"

    def __init__(self, binary, folder, threads, token):
        self.log = folder / "log"
        command = [binary, "-C", folder, "serve", "--addr", "127.0.0.1:0", "--collect-addr", "127.0.0.1:0", "--json"]
        # Its threads are as many as it finds cores.
        few = lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True, preexec_fn=few)
        self.address = json.loads(self.process.stdout.readline())["addr"]
        self.connect(token)

    def connect(self, token):
        self.token = token
        self.link = http.client.HTTPConnection(self.address, timeout=900)
        self.link.connect()
        # Head and body of a request are sent apart; the second must not wait for the first to be acknowledged.
        self.link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self, sql):
        try:
            return self.answer(sql)
        except (OSError, http.client.HTTPException) as error:
            status = self.process.poll()
            if status is None:
                self.connect(self.token)
            state = "the server runs on" if status is None else f"the server ended with {status}"
            raise RuntimeError(f"{type(error).__name__}: {error}; {state}; its log: {self.log.read_text()[-300:]}") from error

    def answer(self, sql):
        import pyarrow as pa
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Accept": "application/vnd.apache.arrow.stream"}
        self.link.request("POST", "/v1/sql", json.dumps({"query": sql}), head)
        answer = self.link.getresponse()
        if answer.status != 200:
            raise RuntimeError(answer.read().decode())
        table = pa.ipc.open_stream(answer).read_all()
        answer.read()
        return table

    def explained(self, sql):
        return "\n".join(str(row["plan"]) for row in self.run("EXPLAIN ANALYZE " + sql).to_pylist())

    def rows_of_scans(self, sql):
        """By its own account: from PostgreSQL, from SQLite."""
        def of(source):
            scans = [line for line in self.explained(sql).splitlines() if f"RemoteScan: {source}." in line]
            return sum(rounded(line.split("output_rows=")[1].split(",")[0]) for line in scans)
        return of("shop"), of("desk")

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class DuckDb:
    name = "DuckDB"

    def __init__(self, url, folder, threads):
        import duckdb
        from duckdb_extensions import import_extension
        self.link = duckdb.connect(config={"threads": threads, "autoinstall_known_extensions": False})
        for name in ("postgres_scanner", "sqlite_scanner"):
            import_extension(name, con=self.link)
            self.link.execute(f"LOAD {name}")
        self.link.execute(f"ATTACH '{url}' AS shop (TYPE postgres, READ_ONLY)")
        self.link.execute(f"ATTACH '{folder}/desk.db' AS desk (TYPE sqlite, READ_ONLY)")
        self.link.execute(f"CREATE SCHEMA lake; CREATE VIEW lake.archive AS SELECT * FROM read_parquet('{folder}/lake/archive.parquet')")

    def run(self, sql):
        table = self.link.execute(sql).arrow()
        return table.read_all() if hasattr(table, "read_all") else table

    def explained(self, sql):
        return self.link.execute("EXPLAIN (ANALYZE, FORMAT json) " + sql).fetchone()[1]

    def rows_of_scans(self, sql):
        """By its own account: from PostgreSQL, from SQLite."""
        def of(node, source):
            mine = source in node.get("operator_name", "").upper()
            return (int(node["operator_cardinality"]) if mine else 0) + sum(of(child, source) for child in node.get("children", []))
        profile = json.loads(self.explained(sql))
        return of(profile, "POSTGRES_SCAN"), of(profile, "SQLITE_SCAN")

    def cpu(self):
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime


def called(binary, folder, *arguments):
    done = subprocess.run([binary, "-C", folder, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"kith {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def rounded(text):
    """12, `12.35 K`, `1.2 M`."""
    number, _, unit = text.strip(" ]").partition(" ")
    return round(float(number) * {"": 1, "K": 1e3, "M": 1e6, "B": 1e9}[unit.strip(" ]")])


def plain(table):
    """Rows to compare: in order, decimals without zeros at their end, floats to nine digits."""
    def value(v):
        if isinstance(v, float):
            return f"{v:.9g}"
        # A sum of whole numbers is a decimal without places in DuckDB.
        return f"{v.normalize():f}" if isinstance(v, decimal.Decimal) else str(v)
    columns = [column.to_pylist() for column in table.columns]
    return sorted(tuple(value(v) for v in row) for row in zip(*columns))


def timed(engine, sql):
    begun, used = time.perf_counter(), engine.cpu()
    table = engine.run(sql)
    wall = time.perf_counter() - begun
    return table, wall * 1000, engine.cpu() - used


def measured(engines, sql, repeat):
    """Of each engine its last answer, all its times in ms and its mean CPU seconds; in turn, so that both have the same weather."""
    tables, walls, cpus = [None] * len(engines), [[] for _ in engines], [0.0] * len(engines)
    for turn in range(repeat + 1):
        for i, engine in enumerate(engines):
            tables[i], wall, cpu = timed(engine, sql)
            if turn:
                walls[i].append(wall)
                cpus[i] += cpu / repeat
    return tables, walls, cpus


def beside(a, postgres, kith, duck, say):
    say("| | query | PostgreSQL rows, Kith | DuckDB | SQLite rows, Kith | DuckDB | ms, Kith | DuckDB | CPU ms, Kith | DuckDB | |")
    say("|---|---|---|---|---|---|---|---|---|---|---|")
    sums, failures = [0] * 10, []
    for number, name, sql in queries(a):
        try:
            tables, walls, cpus = measured([kith, duck], sql, a.repeat)
            rows = [postgres.rows_of(lambda: engine.run(sql))[0] for engine in (kith, duck)]
            own = [engine.rows_of_scans(sql) for engine in (kith, duck)]
            # The server does not count a question that was broken off; an account that is rounded is not much larger.
            rows = [max(there, here if here > there * 1.01 else 0) for there, (here, _) in zip(rows, own)]
            lite = [here for _, here in own]
        except Exception as error:
            failures.append(f"{number} {name}: {str(error)[:400]}")
            continue
        same = tables[0].num_rows == tables[1].num_rows and (name.startswith("any") or plain(tables[0]) == plain(tables[1]))
        if not same:
            failures.append(f"{number} {name}: the answers differ ({tables[0].num_rows} and {tables[1].num_rows} rows)")
        ms, best = [statistics.median(wall) for wall in walls], [min(wall) for wall in walls]
        # Four digits of a rounded count are no fault.
        marks = ["rows"] * (rows[0] > rows[1] or lite[0] > lite[1] * 1.001 + 1) + ["time"] * (ms[0] > ms[1]) + ["**differs**"] * (not same)
        say(f"| {number} | {name} | {rows[0]:,} | {rows[1]:,} | {lite[0]:,} | {lite[1]:,} | {ms[0]:.1f} | {ms[1]:.1f} | "
            f"{cpus[0] * 1000:.0f} | {cpus[1] * 1000:.0f} | {', '.join(marks)} |")
        sums = [x + y for x, y in zip(sums, [*rows, *lite, *ms, *best, *cpus])]
    sums[8:] = [cpu * 1000 for cpu in sums[8:]]
    say("| | **sum** | **{:,}** | {:,} | **{:,}** | {:,} | **{:,.0f}** | {:,.0f} | {:,.0f} | {:,.0f} | |".format(*sums[:6], *sums[8:]))
    say("\nSum of the best of each: Kith {:,.0f} ms, DuckDB {:,.0f} ms. The databases' own CPU time is not in these figures, nor that of reading "
        "Kith's answers.".format(*sums[6:8]))
    return failures


def label(a, folder):
    """The policy, and what it is about."""
    (folder / "policies").mkdir()
    (folder / "policies/bench.cedar").write_text(POLICY)
    for table, column in MASKED.items():
        if not (a.without_parquet and table.startswith("lake.")):
            called(a.kith, folder, "label", "set", table, column, "free_text")


def governed(a, postgres, owner, analyst, say):
    """What masking a column costs: the same queries as somebody for whom one column of each table is NULL."""
    sums, failures = [0] * 8, []
    say("| | query | PostgreSQL rows, owner | analyst | ms, owner | analyst | |\n|---|---|---|---|---|---|---|")
    for number, name, sql in queries(a):
        try:
            _, walls, cpus = measured([owner, analyst], sql, a.repeat)
            rows = [postgres.rows_of(lambda: engine.run(sql))[0] for engine in (owner, analyst)]
        except Exception as error:
            failures.append(f"{number} {name}: {str(error)[:400]}")
            continue
        ms, best = [statistics.median(wall) for wall in walls], [min(wall) for wall in walls]
        mark = "reads what is masked" if any(column in sql for table, column in MASKED.items() if table in sql) else ""
        # The sealed scan has no account of its own to stand in.
        mark = mark or ("broken off, not counted" if rows[1] < rows[0] else "")
        say(f"| {number} | {name} | {rows[0]:,} | {rows[1]:,} | {ms[0]:.1f} | {ms[1]:.1f} | {mark} |")
        sums = [x + y for x, y in zip(sums, [*rows, *ms, *best, *cpus])]
    say("| | **sum** | {:,} | {:,} | {:,.0f} | **{:,.0f}** | |".format(*sums[:4]))
    say("\nSum of the best of each: {:,.0f} and {:,.0f} ms ({:+.1f} %); CPU seconds of one round: {:.2f} and {:.2f}.".format(
        *sums[4:6], (sums[5] / sums[4] - 1) * 100 if sums[4] else 0, *sums[6:]))
    return failures


def explained(a, _, first, second, say):
    for number, name, sql in queries(a):
        for engine in (first, second):
            try:
                engine.run(sql)
                say(f"## {number} {name}, {engine.name}\n\n```\n{engine.explained(sql)}\n```\n")
            except Exception as error:
                say(f"## {number} {name}, {engine.name}: {error}\n")
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kith", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--small", action="store_true", help="fewer rows, for a quick look")
    for what, rows in SIZES.items():
        parser.add_argument(f"--{what}", type=int, help=f"rows (default {rows:,})")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="numbers of queries, with commas")
    parser.add_argument("--without-parquet", action="store_true", help="for a Kith that has no connections of kind files")
    parser.add_argument("--policy", action="store_true", help="owner and analyst instead of Kith and DuckDB")
    parser.add_argument("--explain", action="store_true", help="show both plans, as they ran, instead of measuring")
    parser.add_argument("--out", type=pathlib.Path, help="write the Markdown there too")
    parser.add_argument("--url", help="a database to load into, instead of a PostgreSQL of its own")
    a = parser.parse_args()
    if not a.url:
        begin_again()
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    sizes = {what: getattr(a, what) or (SMALL if a.small else SIZES)[what] for what in SIZES}
    shown = " ".join(arg for arg in sys.argv[1:] if arg not in ("--url", a.url) and "/" not in arg)
    say(f"`bench/federated.py kith {shown}`".replace(" `", "`") + f", {time.strftime('%Y-%m-%d')}: {platform.machine()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, {a.threads} threads each, median of {a.repeat}; {sizes['customers']:,} customers, {sizes['orders']:,} orders, "
        f"{sizes['tickets']:,} tickets, {sizes['members']:,} members.\n")
    with tempfile.TemporaryDirectory() as folder:
        failures = at(a, pathlib.Path(folder), sizes, say)
    for failure in failures:
        say(f"- FAILED {failure}")
    if a.out:
        a.out.write_text("\n".join(lines) + "\n")
    sys.exit(1 if failures else 0)


def at(a, folder, sizes, say):
    sys.path.insert(0, str(HERE / "tools"))
    import gen_shop
    begun = time.time()
    gen_shop.make(a.url, folder, sizes["customers"], sizes["orders"], sizes["tickets"], sizes["members"])
    print(f"data: {time.time() - begun:.0f} s", file=sys.stderr)
    (folder / "kith.toml").write_text(PROJECT.format(url=a.url) + ("" if a.without_parquet else PARQUET))
    if a.policy:
        label(a, folder)
    kith = Kith(a.kith, folder, a.threads, called(a.kith, folder, "token", "create", "bench"))
    try:
        if a.policy:
            other = copy.copy(kith)
            other.name = "Kith, analyst"
            other.connect(called(a.kith, folder, "token", "create", "analyst", "--role", "analyst"))
        else:
            other = DuckDb(a.url, folder, a.threads)
        compare = explained if a.explain else governed if a.policy else beside
        return compare(a, Postgres(a.url), kith, other, say)
    finally:
        kith.stop()


if __name__ == "__main__":
    main()
