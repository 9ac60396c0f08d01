"""Built-in functions as clients meet them; names and values are those of Spark 4.3."""

import unittest

from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    SparkRuntimeException,
    UnsupportedOperationException,
)
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DecimalType,
    DoubleType,
    StructField,
    StructType,
    UserDefinedType,
    VariantType,
)
from serving import ServerTest

VARIABLE = "namedlambdavariable()"


class Point:
    def __init__(self, x: float, y: float):
        self.x, self.y = x, y

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)


class PointType(UserDefinedType):
    @classmethod
    def sqlType(cls) -> ArrayType:
        return ArrayType(DoubleType(), False)

    @classmethod
    def module(cls) -> str:
        return "test_functions"

    def serialize(self, point: Point) -> list[float]:
        return [point.x, point.y]

    def deserialize(self, values: list[float]) -> Point:
        return Point(values[0], values[1])


Point.__UDT__ = PointType()  # type: ignore[attr-defined]


class FunctionsTest(ServerTest):
    def first(self, expressions: str) -> tuple:
        return tuple(self.spark.sql("SELECT " + expressions).first())

    def test_distinct_values_are_estimated_as_spark_does(self) -> None:
        estimates = {
            "id": 2770,
            "id, 0.1": 3039,
            "id, 0.01D": 2991,
            "cast(id AS string)": 2788,
            "cast(cast(id AS string) AS binary)": 2788,
            "cast(id AS int)": 2963,
            "date_from_unix_date(cast(id AS int))": 2963,
            "cast(id AS decimal(10,2))": 2980,
            "cast(id AS decimal(30,2))": 3041,
            "cast(id AS double)": 2837,
            "cast(id AS float) / 2": 2907,
            "cast(id % 2 AS boolean)": 2,
            "timestamp_seconds(id)": 2867,
            "struct(id, cast(id % 7 AS string))": 2857,
            "array(id, id + 1)": 3112,
            "map(id, id + 1)": 3112,
            "null": 0,
        }
        calls = [f"approx_count_distinct({arguments})" for arguments in estimates]
        row = self.spark.sql(f"SELECT {', '.join(calls)} FROM range(3000)").first()
        given = dict(zip(estimates, row, strict=True))
        self.assertEqual(estimates, given)
        odd = "(0.0D), (-0.0D), (double('nan')), (-double('nan')), (null)"
        self.assertEqual(
            2, self.spark.sql(f"SELECT approx_count_distinct(v) FROM VALUES {odd} t(v)").first()[0]
        )

    def test_the_deviation_of_distinct_counts_is_checked(self) -> None:
        for deviation, condition in {
            "0.4": "FAILED_FUNCTION_CALL",
            "-0.1": "FAILED_FUNCTION_CALL",
            "1": "_LEGACY_ERROR_TEMP_1104",
            "'0.05'": "_LEGACY_ERROR_TEMP_1104",
            "id": "_LEGACY_ERROR_TEMP_1104",
        }.items():
            with self.assertRaises(AnalysisException, msg=deviation) as raised:
                self.spark.sql(
                    f"SELECT approx_count_distinct(id, {deviation}) FROM range(9)"
                ).first()
            self.assertEqual(condition, raised.exception.getCondition(), deviation)

    def test_lambdas_over_arrays(self) -> None:
        self.assertEqual(
            ([2, 3, 4], [0, 2, 6], ["ab"]),
            self.first(
                "transform(array(1, 2, 3), x -> x + 1), transform(array(1, 2, 3), (x, i) -> x * i),"
                " transform(array('a'), x -> concat(x, 'b'))"
            ),
        )
        self.assertEqual(
            ([1, 3], [1]),
            self.first(
                "filter(array(1, null, 3), x -> x IS NOT NULL),"
                " filter(array(0, 1, 3), (x, i) -> x = i AND i > 0)"
            ),
        )
        self.assertEqual(
            (6, 60, 3),
            self.first(
                "aggregate(array(1, 2, 3), 0, (a, x) -> a + x),"
                " aggregate(array(1, 2, 3), 0, (a, x) -> a + x, a -> a * 10),"
                " reduce(array(1, 2), 0, (a, x) -> a + x)"
            ),
        )
        self.assertEqual(
            ([4, 6, None], [3, 2, 1], ["def", "bc", "a"]),
            self.first(
                "zip_with(array(1, 2), array(3, 4, 5), (x, y) -> x + y),"
                " array_sort(array(3, 1, 2), (a, b) -> b - a),"
                " array_sort(array('bc', 'a', 'def'), (x, y) -> length(y) - length(x))"
            ),
        )
        self.assertEqual(
            (None, True, None, True),
            self.first(
                "exists(array(1, null), x -> x > 1), exists(array(1, 2), x -> x > 1),"
                " forall(array(1, null), x -> x > 0), forall(array(), x -> x)"
            ),
        )

    def test_lambdas_over_maps(self) -> None:
        self.assertEqual(
            ({3: 4}, {3: 2}, {1: 3}, {1: 5, 4: None}),
            self.first(
                "map_filter(map(1, 2, 3, 4), (k, v) -> k > 1),"
                " transform_keys(map(1, 2), (k, v) -> k + v),"
                " transform_values(map(1, 2), (k, v) -> k + v),"
                " map_zip_with(map(1, 2), map(1, 3, 4, 5), (k, a, b) -> a + b)"
            ),
        )

    def test_lambdas_see_columns_and_lambdas_around_them(self) -> None:
        nested = "transform(array(1, 2), x -> transform(array(3, 4), y -> x * y + id)) AS a"
        rows = self.spark.sql(f"SELECT {nested} FROM range(2)").collect()
        self.assertEqual([[[3, 4], [6, 8]], [[4, 5], [7, 9]]], sorted(row.a for row in rows))

    def test_names_of_lambdas(self) -> None:
        frame = self.spark.sql("SELECT transform(array(1, 2), (x, i) -> x * i)")
        body = f"lambdafunction(({VARIABLE} * {VARIABLE}), {VARIABLE}, {VARIABLE})"
        self.assertEqual([f"transform(array(1, 2), {body})"], frame.columns)

    def test_generators(self) -> None:
        cases = {
            "posexplode(array('a', 'b'))": (["pos", "col"], [(0, "a"), (1, "b")]),
            "inline(array(struct(1, 'a'), struct(2, 'b')))": (
                ["col1", "col2"],
                [(1, "a"), (2, "b")],
            ),
            "stack(2, 1, 2, 3)": (["col0", "col1"], [(1, 2), (3, None)]),
            "json_tuple('{\"a\":1,\"b\":\"x\"}', 'a', 'b', 'c')": (
                ["c0", "c1", "c2"],
                [("1", "x", None)],
            ),
            "explode(map('a', 1, 'b', 2))": (["key", "value"], [("a", 1), ("b", 2)]),
            "explode(array(1)), explode(array(2, 3))": (["col", "col"], [(1, 2), (1, 3)]),
            "explode_outer(array()), 1": (["col", "1"], [(None, 1)]),
            "posexplode_outer(CAST(NULL AS array<int>)) AS (p, c)": (["p", "c"], [(None, None)]),
        }
        for call, (names, rows) in cases.items():
            with self.subTest(call):
                frame = self.spark.sql("SELECT " + call)
                self.assertEqual(names, frame.columns)
                self.assertEqual(rows, [tuple(row) for row in frame.collect()])

    def test_lateral_views(self) -> None:
        rows = self.spark.sql(
            "SELECT a, e FROM VALUES (1, array(1, 2)), (2, array()) t(a, b)"
            " LATERAL VIEW OUTER explode(b) x AS e"
        ).collect()
        self.assertEqual([(1, 1), (1, 2), (2, None)], [tuple(row) for row in rows])

    def test_arguments_are_cast_as_in_a_store(self) -> None:
        self.assertEqual(
            ("Mon", [1, 2], "a1"),
            self.first(
                "dayname(TIMESTAMP '2017-11-06 00:00:00'), slice(array(1, 2, 3), 1L, 2L),"
                " concat('a', 1)"
            ),
        )

    def test_options_are_no_part_of_a_calls_text(self) -> None:
        options = "map('sep', '|', 'mode', 'FAILFAST')"
        for call, name in (
            (f"schema_of_csv('1|a', {options})", "schema_of_csv(1|a)"),
            (f"schema_of_json('[1]', {options})", "schema_of_json([1])"),
            (f"schema_of_xml('<p/>', {options})", "schema_of_xml(<p/>)"),
            (f"from_csv('1', 'a int', {options})", "from_csv(1)"),
            (f"from_json('[1]', 'array<int>', {options})", "from_json([1])"),
            (f"to_csv(struct(1), {options})", "to_csv(struct(1))"),
        ):
            self.assertEqual([name], self.spark.sql("SELECT " + call).columns, call)

    def test_random_texts_and_numbers_are_those_of_the_seed(self) -> None:
        self.assertEqual(("ceV0P", 17), self.first("randstr(5, 0), uniform(10, 20, 0)"))

    def test_fields_inside_of_structs(self) -> None:
        frame = self.spark.sql("SELECT named_struct('a', named_struct('b', 1, 'c', 2)) AS s")
        changed = frame.select(F.col("s").withField("a.b", F.lit(5)).alias("s"))
        self.assertEqual(Row(s=Row(a=Row(b=5, c=2))), changed.first())
        fewer = frame.select(F.col("s").dropFields("a.b").alias("s"))
        self.assertEqual(Row(s=Row(a=Row(c=2))), fewer.first())

    def test_sketches(self) -> None:
        frame = self.spark.range(1000).agg(F.kll_sketch_agg_bigint("id").alias("s"))
        row = frame.select(
            F.kll_sketch_get_n_bigint("s"), F.kll_sketch_get_quantile_bigint("s", F.lit(0.5))
        ).first()
        self.assertEqual(1000, row[0])
        self.assertAlmostEqual(500, row[1], delta=30)

    def test_variants(self) -> None:
        frame = self.spark.createDataFrame([('{"a": {"b": [1, 2.5]}}',), (None,)], ["j"])
        variants = frame.select(F.parse_json("j").alias("v"))
        self.assertEqual(VariantType(), variants.schema["v"].dataType)
        self.assertEqual({"a": {"b": [1, 2.5]}}, variants.first().v.toPython())
        self.assertEqual(
            [(1, '{"a":{"b":[1,2.5]}}'), (None, None)],
            [
                tuple(row)
                for row in variants.select(
                    F.variant_get("v", "$.a.b[0]", "int"), F.to_json("v")
                ).collect()
            ],
        )
        with self.assertRaisesRegex(SparkRuntimeException, "INVALID_VARIANT_CAST"):
            variants.select(F.variant_get("v", "$.a", "int")).collect()
        self.assertEqual(
            ("abc", 1, [1, 2], None),
            self.first(
                "CAST(parse_json('\"abc\"') AS STRING), CAST(parse_json('1') AS INT),"
                " CAST(parse_json('[1, 2]') AS ARRAY<INT>), CAST(parse_json('null') AS INT)"
            ),
        )

    def test_decimals_of_a_negative_scale(self) -> None:
        frame = self.spark.createDataFrame([(1,), (16,)], ["n"])
        tens = frame.select(F.col("n").cast(DecimalType(1, -1)).alias("n"))
        with self.assertRaisesRegex(AnalysisException, "NEGATIVE_SCALE_DISALLOWED"):
            tens.collect()
        self.spark.conf.set("spark.sql.legacy.allowNegativeScaleOfDecimal", "true")
        try:
            self.assertEqual([0, 20], [int(row.n) for row in tens.collect()])
            self.assertEqual(
                ["0", "20"], [row.t for row in tens.selectExpr("string(n) t").collect()]
            )
            with self.assertRaisesRegex(UnsupportedOperationException, "UNSUPPORTED_FEATURE"):
                tens.selectExpr("n + 1").collect()
        finally:
            self.spark.conf.unset("spark.sql.legacy.allowNegativeScaleOfDecimal")

    def test_types_of_the_user(self) -> None:
        schema = StructType([StructField("n", DoubleType()), StructField("p", PointType(), False)])
        one = self.spark.createDataFrame([(1.0, Point(1.0, 2.0))], schema)
        two = self.spark.createDataFrame([(2.0, Point(3.0, 4.0))], schema)
        both = one.union(two)
        self.assertEqual(schema, both.schema)
        self.assertEqual(
            [Point(1.0, 2.0), Point(3.0, 4.0)], [row.p for row in both.orderBy("n").collect()]
        )
        with self.assertRaises(AnalysisException):
            one.select(F.col("n").cast(PointType())).collect()

    def test_seconds_are_decimals(self) -> None:
        def text(call: str) -> object:
            return self.spark.sql(f"SELECT CAST({call} AS STRING)").first()[0]

        self.assertEqual("0.123457 seconds", text("make_interval(0, 0, 0, 0, 0, 0, 0.1234565D)"))
        self.assertEqual("1.000001 seconds", text("make_interval(0, 0, 0, 0, 0, 0, 1.0000005D)"))
        self.assertEqual(
            "INTERVAL '0 00:00:01.5' DAY TO SECOND", text("make_dt_interval(0, 0, 0, float(1.5))")
        )
        self.assertEqual(
            "2020-01-01 01:01:01.123457", text("make_timestamp(2020, 1, 1, 1, 1, 1.1234565D)")
        )
        for call in (
            "make_interval(0, 0, 0, 0, 0, 0, double('NaN'))",
            "make_dt_interval(0, 0, 0, double('Infinity'))",
            "make_timestamp(2020, 1, 1, 1, 1, double('NaN'))",
        ):
            self.assertIsNone(text(call), call)
        large = "make_interval(0, 0, 0, 0, 0, 0, 1e13D)"
        for call in (large, "try_" + large):
            with self.assertRaises(ArithmeticException) as raised:
                text(call)
            self.assertEqual(
                "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", raised.exception.getCondition()
            )
        self.spark.conf.set("spark.sql.ansi.enabled", "false")
        self.assertIsNone(text(large))


if __name__ == "__main__":
    unittest.main()
