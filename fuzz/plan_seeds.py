"""Writes plans as the official client makes them, one file each: what PlanFuzz starts from.

usage: plan_seeds.py FOLDER
"""

import pathlib
import sys
import types
import warnings

warnings.simplefilter("ignore")

from pyspark.sql.connect import functions as F  # noqa: E402
from pyspark.sql.connect import plan as nodes  # noqa: E402
from pyspark.sql.connect.dataframe import DataFrame  # noqa: E402
from pyspark.sql.connect.window import Window  # noqa: E402

# The plans are made without a server: what they ask of a session is only that there is one.
CLIENT = types.SimpleNamespace(
    _set_relation_in_plan=lambda plan, relation: plan.root.CopyFrom(relation)
)
SESSION = types.SimpleNamespace(_client=CLIENT, client=CLIENT, session_id="", _session_id="")


def table(first: int = 0, last: int = 10) -> DataFrame:
    return DataFrame(nodes.Range(first, last, 1, 2), SESSION)


def sql(text: str) -> DataFrame:
    return DataFrame(nodes.SQL(text, [], {}, []), SESSION)


def frames() -> list[DataFrame]:
    ids = table()
    two = ids.select("id", (F.col("id") % 3).alias("k"), F.lit("a,b").alias("s"))
    window = Window.partitionBy("k").orderBy(F.desc("id")).rowsBetween(-1, Window.currentRow)
    return [
        two,
        two.filter((F.col("id") > 3) & F.col("s").like("a%") | F.col("k").isNull()),
        two.groupBy("k").agg(F.sum("id"), F.count("*"), F.countDistinct("s").alias("n")),
        two.rollup("k", "s").count(),
        two.cube("k").agg(F.max("id")),
        two.groupBy("k").pivot("s", ["a", "b"]).agg(F.sum("id")),
        two.join(ids, "id", "left"),
        two.alias("l").join(ids.alias("r"), F.expr("l.id = r.id"), "left_anti"),
        two.orderBy(F.desc_nulls_last("id")).limit(3).offset(1),
        two.select(F.explode(F.split("s", ",")).alias("word"), "k"),
        two.select(F.transform(F.array("id", "k"), lambda x, i: x + i)),
        two.select(F.when(F.col("k") == 1, "one").otherwise(F.col("s").cast("string"))),
        two.select(F.row_number().over(window), F.lag("id", 1, 0).over(window)),
        two.withColumn("t", F.timestamp_seconds("id")).groupBy(F.window("t", "10 minutes")).count(),
        two.withColumns({"a": F.struct("id", "k"), "b": F.create_map("s", "id")}).select("a.id"),
        two.withColumnRenamed("id", "i").drop("k").toDF("x", "y"),
        two.union(two).unionByName(two, allowMissingColumns=True).intersect(two).exceptAll(two),
        two.dropDuplicates(["k"]).sample(0.5, seed=1).repartition(3, "k").hint("broadcast"),
        two.na.fill(0).na.drop("any").na.replace("a", "b"),
        two.describe("id"),
        two.unpivot("id", ["k"], "name", "value"),
        two.withWatermark("t", "10 seconds").dropDuplicatesWithinWatermark(["id"]),
        two.selectExpr("*", "cast(id as decimal(10,2)) / 3", "s[0]", "id between 1 and 2"),
        two.select(F.from_json(F.lit('{"a":1}'), "a int"), F.to_json(F.struct("id"))),
        two.coalesce(1),
        sql("with t as (select id, id % 2 k from range(5)) select k, sum(id) from t group by k"),
        sql("select * from values (1, 'a'), (2, null) as t(a, b) where b is not null order by a"),
    ]


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames()):
        message = frame._plan.to_proto(CLIENT)
        (folder / f"plan-{number:02}").write_bytes(message.SerializeToString())


if __name__ == "__main__":
    main()
