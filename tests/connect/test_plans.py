"""What the official client builds arrives as the plan that is meant: explain() shows it."""

import datetime
import decimal
import os
import random
import re
import unittest

import grpc
from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as f
from pyspark.sql.connect.proto import base_pb2 as pb
from pyspark.sql.connect.proto import base_pb2_grpc
from serving import ServerTest

SESSION = "11111111-2222-4333-8444-555555555555"


class Plans(ServerTest):
    def plan(self, frame) -> str:
        text = frame._explain_string(extended=True).split("\n", 1)[1].rstrip()
        return re.sub(r" #\d+$", "", text, flags=re.MULTILINE)  # without the plan ids

    def line(self, frame) -> str:
        return self.plan(frame).splitlines()[0]

    def frames(self) -> list:
        """One of each kind of relation, with expressions of each kind in them."""
        one = self.spark.range(0, 10, 3, 2)
        two = self.spark.createDataFrame([(1, "a")], "id LONG, s STRING")
        window = Window.partitionBy("id").orderBy(f.col("id").desc_nulls_last())
        literals = [
            1, 2**40, 1.5, "a'b", True, None, b"\x00\xff", decimal.Decimal("-12.50"),
            datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2), datetime.timedelta(days=1),
            [1, 2],
        ]  # fmt: skip
        return [
            one,
            two,
            one.select([f.lit(value) for value in literals]),
            one.select("id", "*", one.id, f.col("a.b"), f.col("`a.b`"), f.expr("id + 1 AS x")),
            one.select(f.col("id").cast("string"), f.col("id").try_cast("int"), f.count("*")),
            one.select(f.sum("id").over(window.rowsBetween(-1, Window.currentRow))),
            one.select(f.transform("xs", lambda x: x + 1), f.struct("id").withField("a", f.lit(1))),
            one.select(f.col("m")["k"], f.col("s").getField("x"), f.when(f.col("id") > 1, 2)),
            one.filter("id > 1 AND id IN (1, 2)").where(f.col("id").isNotNull()),
            one.groupBy("id").agg(f.countDistinct("id").alias("n"), f.max("id")),
            one.rollup("id").count(),
            one.cube("id").count(),
            one.groupBy("id").pivot("id", [1, 2]).sum("id"),
            one.join(two, "id", "left"),
            one.alias("a").join(two.alias("b"), f.expr("a.id = b.id"), "left_anti"),
            one.crossJoin(two),
            one.orderBy(f.col("id").desc()).sortWithinPartitions("id"),
            one.limit(3).offset(1),
            one.union(one).intersect(one).exceptAll(one).unionByName(two, allowMissingColumns=True),
            one.distinct(),
            two.dropDuplicates(["id"]),
            one.dropDuplicatesWithinWatermark(["id"]),
            one.sample(0.5, 7),
            one.withColumn("b", f.lit(1)).withColumnRenamed("b", "c").drop("c"),
            one.toDF("x"),
            one.to(two.select("id").schema),
            one.hint("broadcast").repartition(3).coalesce(1).repartition(2, "id"),
            one.fillna(0).dropna(thresh=1).replace(1, 2),
            two.describe("id"),
            two.summary("min"),
            two.stat.crosstab("id", "s"),
            two.stat.freqItems(["id"]),
            two.stat.sampleBy("id", {1: 0.5}, 3),
            two.unpivot("id", ["s"], "var", "val"),
            one.withWatermark("ts", "10 minutes"),
            one.groupBy(f.window("ts", "5 minutes", "1 minute")).count(),
            self.spark.table("a.b"),
            self.spark.read.schema("a INT").option("header", True).csv(["x", "y"]),
            self.spark.readStream.format("rate").option("rowsPerSecond", 5).load(),
            one.mapInPandas(lambda frames: frames, "id LONG"),
            one.groupBy("id").applyInPandas(lambda frame: frame, "id LONG"),
            one.select(f.udf(lambda x: x, "long")("id")),
        ]

    def test_every_kind_of_relation_arrives(self) -> None:
        kinds = set()
        for frame in self.frames():
            kinds |= {line.split()[0] for line in self.plan(frame).splitlines()}
        wanted = (
            "Range LocalRelation Project Filter Aggregate Join Sort Limit Offset Union Except "
            "Deduplicate Sample WithColumns WithColumnsRenamed Drop ToDataFrame ToSchema Hint "
            "Repartition FillNa DropNa ReplaceNa Describe Statistic Unpivot WithWatermark "
            "ReadTable ReadSource MapPartitions GroupMap SubqueryAlias"
        )
        self.assertEqual(set(wanted.split()) - kinds, set())

    def test_columns(self) -> None:
        frame = self.spark.range(1).select(f.col("a.b"), f.col("`a.b`"), f.expr("id + 1 AS x"))
        self.assertEqual(self.line(frame), "Project [a.b, `a.b`, (id + 1) AS x]")

    def test_name_that_is_no_name(self) -> None:
        for name in ("a.", "`a", "a`b", "a..b"):
            with self.assertRaises(PySparkException) as caught:
                self.plan(self.spark.range(1).select(f.col(name)))
            self.assertEqual(caught.exception.getCondition(), "INVALID_ATTRIBUTE_NAME_SYNTAX")

    def test_arguments_of_sql_text(self) -> None:
        frame = self.spark.sql("SELECT :a, :b", {"a": 1, "b": "x"})
        self.assertEqual(self.line(frame), "Project [1, 'x']")
        frame = self.spark.sql("SELECT ?", [2])
        self.assertEqual(self.line(frame), "Project [2]")

    def test_frame_in_sql_text(self) -> None:
        frame = self.spark.sql("SELECT * FROM {df}", df=self.spark.range(3))
        self.assertIn("Range", self.plan(frame))

    def test_compressed_plan_is_the_same_plan(self) -> None:
        frame = self.spark.range(1).select(*[f.lit("x" * 100) for _ in range(100)])
        plain = self.plan(frame)
        other = self.connect()
        other.conf.set("spark.connect.session.planCompression.threshold", "10")
        frame = other.range(1).select(*[f.lit("x" * 100) for _ in range(100)])
        self.assertEqual(self.plan(frame), plain)

    def test_write_is_read(self) -> None:
        with self.assertRaises(PySparkException) as caught:
            self.spark.range(1).write.partitionBy("a", "b").mode("append").format("csv").save("/x")
        self.assertIn("csv /x mode 1 by a b", str(caught.exception))
        self.spark.range(1).write.format("noop").mode("overwrite").save()

    def test_registered_function(self) -> None:
        self.spark.udf.register("mine", lambda x: x, "long")
        self.assertEqual(self.spark.conf.get("registered.mine"), "100")

    def test_mutated_plans_do_no_harm(self) -> None:
        """Bytes are changed at random; a plan is an error or another plan, and the server lives.

        A coverage-guided fuzzer would find more: it needs the messages built by clang.
        """
        seed = int(os.environ.get("SPATE_FUZZ_SEED", random.randrange(2**32)))
        rounds = int(os.environ.get("SPATE_FUZZ_ROUNDS", 2000))
        chance = random.Random(seed)
        plans = [
            frame._plan.to_proto(self.spark.client).root.SerializeToString()
            for frame in self.frames()
        ]
        channel = grpc.insecure_channel(self.server.url.removeprefix("sc://"))
        self.addCleanup(channel.close)
        stub = base_pb2_grpc.SparkConnectServiceStub(channel)
        call = channel.unary_unary(
            "/spark.connect.SparkConnectService/AnalyzePlan",
            request_serializer=lambda data: data,
            response_deserializer=pb.AnalyzePlanResponse.FromString,
        )
        plans_read = 0
        for _ in range(rounds):
            data = bytearray(chance.choice(plans))
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(data) or 1)
                match chance.randrange(4):
                    case 0 if data:
                        data[at] = chance.randrange(256)
                    case 1 if data:
                        del data[at : at + chance.randrange(1, 8)]
                    case 2:
                        data[at:at] = chance.randbytes(chance.randrange(1, 8))
                    case _:
                        other = chance.choice(plans)
                        start = chance.randrange(len(other))
                        data[at:at] = other[start : start + chance.randrange(1, 40)]
            request = pb.AnalyzePlanRequest(session_id=SESSION).SerializeToString()
            explain = field(1, field(1, bytes(data)))
            try:
                call(request + field(5, explain), timeout=60)
                plans_read += 1
            except grpc.RpcError as error:
                code = error.code()
                self.assertEqual(code, grpc.StatusCode.INTERNAL, f"seed {seed}: {error}")
        self.assertGreater(plans_read, 0)
        alive = pb.AnalyzePlanRequest(session_id=SESSION)
        alive.spark_version.SetInParent()
        stub.AnalyzePlan(alive)


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field on the wire."""
    length = len(data)
    head = bytearray([number << 3 | 2])
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    return bytes(head) + bytes([length]) + data


if __name__ == "__main__":
    unittest.main()
