# The peer of `hustings bench match`: Splink links the same list to the same base with a model in the style of its own demos
# (comparisons of names with term frequencies, birth date, levels of addresses, telephone, sex, suffix; eight blocking rules),
# as lean as keeps its quality: columns are prepared once, and training sees no more pairs than the demos' defaults.
# Arguments: base, list, truth, threads. Prints one JSON document.
import json
import sys
import time

try:
    import duckdb
    import splink
    import splink.comparison_library as cl
    import splink.comparison_level_library as cll
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
except ImportError as error:
    print(json.dumps({"missing": str(error)}))
    sys.exit(0)

import logging
import resource

logging.disable(logging.CRITICAL)
base, listed, truth, threads = sys.argv[1:5]
wall, cpu = time.perf_counter(), time.process_time()
connection = duckdb.connect()
connection.execute(f"SET threads = {int(threads)}")
connection.execute("SET enable_progress_bar = false")


def clean(path, columns):
    fields = ", ".join(f"nullif(trim(\"{column}\"), '') AS {name}" for name, column in columns.items())
    return f"SELECT {fields} FROM read_csv('{path}', all_varchar = true, header = true)"


connection.execute("CREATE TABLE base AS SELECT * REPLACE (try_strptime(dob, '%Y-%m-%d')::DATE AS dob) FROM (" + clean(base, {
    "unique_id": "id", "first_name": "first_name", "middle_name": "middle_name", "surname": "last_name",
    "suffix": "suffix", "dob": "dob", "sex": "sex", "house": "house_number", "street": "street", "city": "city",
    "zip": "zip", "phone": "phone"}) + ")")
connection.execute("CREATE TABLE list AS SELECT * REPLACE (try_strptime(dob, '%m/%d/%Y')::DATE AS dob, "
                   "nullif(regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g'), '') AS phone) FROM (" + clean(listed, {
    "unique_id": "row", "first_name": "FNAME", "middle_name": "MNAME", "surname": "LNAME", "suffix": "Suffix",
    "dob": "Date of Birth", "sex": "Gender", "house": "house_number", "street": "Address 1", "city": "City",
    "zip": "ZIP", "phone": "Phone"}) + ")")
for table in ["base", "list"]:
    connection.execute(f"""CREATE OR REPLACE TABLE {table} AS SELECT *, house || ' ' || street AS address,
        first_name || ' ' || surname AS full_name, year(dob) AS birth_year FROM {table}""")
api = DuckDBAPI(connection)
tables = [api.register(connection.table("list"), dataset_display_name="a_list"),
          api.register(connection.table("base"), dataset_display_name="b_base")]
settings = SettingsCreator(
    link_type="link_only",
    comparisons=[
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="full_name"),
        cl.DateOfBirthComparison("dob", input_is_string=False),
        cl.CustomComparison(
            output_column_name="address",
            comparison_levels=[
                cll.NullLevel("address"),
                cll.ExactMatchLevel("address"),
                cll.JaroWinklerLevel("address", 0.92),
                cll.ExactMatchLevel("zip"),
                cll.ExactMatchLevel("city"),
                cll.ElseLevel(),
            ]),
        cl.ExactMatch("phone"),
        cl.ExactMatch("sex"),
        cl.ExactMatch("suffix"),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("phone"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("first_name", "surname", "zip"),
        block_on("first_name", "surname", "birth_year"),
        block_on("address", "first_name"),
        block_on("surname", "zip", "birth_year"),
        block_on("dob", "zip"),
    ],
    retain_intermediate_calculation_columns=False,
    retain_matching_columns=False,
)
linker = Linker(tables, settings)
linker.training.estimate_probability_two_random_records_match([block_on("first_name", "surname", "dob")], recall=0.6)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"), max_pairs=1e6)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"), max_pairs=1e6)
predicted = linker.inference.predict(threshold_match_probability=0.5)
name = predicted.physical_name
columns = [row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
score = "match_probability" if "match_probability" in columns else "1 / (1 + pow(2, -match_weight))"
connection.execute(f"""CREATE TABLE best AS SELECT unique_id_l AS row, arg_max(unique_id_r, match_weight) AS voter,
    max({score}) AS probability FROM {name} GROUP BY 1""")
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
connection.execute(f"CREATE TABLE truth AS SELECT * FROM read_csv('{truth}', all_varchar = true, header = true)")
accepted, right, known = connection.execute("""SELECT count(*) FILTER (probability >= 0.95),
    count(*) FILTER (probability >= 0.95 AND voter = base_id), (SELECT count(base_id) FROM truth)
    FROM best JOIN truth ON row = list_id""").fetchone()
print(json.dumps({
    "version": splink.__version__,
    "accepted": accepted,
    "right": right,
    "precision": right / max(accepted, 1),
    "recall": right / max(known, 1),
    "wall_seconds": wall,
    "cpu_seconds": cpu,
    "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
