# The peer of `hustings bench load`: DuckDB copies the same files from CSV to Parquet, told all that it could have to
# guess. Arguments: threads, encoding, folder to write to, files. Prints one JSON document.
import json
import os
import sys
import time

try:
    import duckdb
except ImportError as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit(0)

threads, encoding, out = sys.argv[1:4]


def text(value):
    return "'" + value.replace("'", "''") + "'"


connection = duckdb.connect()
connection.execute(f"SET threads = {int(threads)}")
# It would be drawn on standard output.
connection.execute("SET enable_progress_bar = false")
wall, cpu, rows = time.perf_counter(), time.process_time(), 0
for path in sys.argv[4:]:
    target = os.path.join(out, os.path.basename(path) + ".parquet")
    (copied,) = connection.execute(
        f"COPY (SELECT * FROM read_csv({text(path)}, delim = '\t', quote = '\"', escape = '\"', header = true, "
        f"all_varchar = true, encoding = {text(encoding)})) TO {text(target)} (FORMAT parquet, COMPRESSION zstd)"
    ).fetchone()
    rows += copied
print(json.dumps({
    "version": duckdb.__version__,
    "rows": rows,
    "wall_seconds": time.perf_counter() - wall,
    "cpu_seconds": time.process_time() - cpu,
}))
