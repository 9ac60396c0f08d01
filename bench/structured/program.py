"""What is measured: PySpark programs that run unchanged on Spate and on Spark.

Which of the two it is, the environment says (SPARK_REMOTE, or the options of the JVM). For each
case that standard input names, one a line, the program prints lines of JSON with what it measured
and writes the rows that came out to a file, so that they can be compared.
"""

import contextlib
import json
import pathlib
import statistics
import sys
import time
import uuid

import pyspark.sql.functions as F
from pyspark.sql import SparkSession

# Importing what a session of the client needs takes longer than starting the server does.
with contextlib.suppress(ImportError):
    import pyspark.sql.connect.session  # noqa: F401

DATA = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(sys.argv[2])
ROUNDS = int(sys.argv[3])
CONF = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.streaming.numRecentProgressUpdates": "1000",
    "spark.sql.session.timeZone": "UTC",
}


def emit(**values: object) -> None:
    print(json.dumps(values), flush=True)


def write(name: str, rows) -> None:
    lines = sorted("\t".join(map(str, row)) + "\n" for row in rows)
    (OUT / name).write_text("".join(lines), encoding="utf-8", newline="")


def session() -> SparkSession:
    spark = SparkSession.builder.getOrCreate()
    for key, value in CONF.items():
        spark.conf.set(key, value)
    return spark


def run(counts, sink: str, name: str, mode: str):
    """Runs the query over all that is there; its progress, batch by batch, and seconds."""
    writer = counts.writeStream.format(sink).queryName(name).outputMode(mode)
    writer = writer.option("checkpointLocation", str(OUT / "checkpoints" / uuid.uuid4().hex))
    begin = time.time()
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    seconds = time.time() - begin
    if query.exception() is not None:
        raise query.exception()
    progress = [p if isinstance(p, dict) else json.loads(p.json) for p in query.recentProgress]
    return [p for p in progress if p["numInputRows"] > 0], seconds


def rows_of(progress) -> int:
    return sum(p["numInputRows"] for p in progress)


def millis_of(progress) -> list[int]:
    return [p["durationMs"]["triggerExecution"] for p in progress]


def word_count(spark) -> None:
    lines = spark.readStream.option("maxFilesPerTrigger", 10).text(str(DATA / "words"))
    words = lines.select(F.explode(F.split("value", r"\s+")).alias("word")).where("word != ''")
    for _ in range(ROUNDS):
        progress, seconds = run(words.groupBy("word").count(), "memory", "wc", "complete")
        emit(case="wordcount", rows=rows_of(progress), seconds=seconds, millis=millis_of(progress))
    write("wordcount", spark.sql("select word, count from wc").collect())


def campaigns(spark):
    return spark.range(1000).select(
        F.col("id").alias("ad_id"), F.expr("id div 10").alias("campaign_id")
    )


def events(spark, form: str) -> None:
    source = spark.readStream.schema("ad_id long, event_type string, event_time long")
    source = source.option("maxFilesPerTrigger", 10).format(form).load(str(DATA / f"events-{form}"))
    counts = (
        source.where("event_type = 'view'")
        .select("ad_id", F.timestamp_millis("event_time").alias("ts"))
        .join(F.broadcast(campaigns(spark)), "ad_id")
        .withWatermark("ts", "10 seconds")
        .groupBy(F.window("ts", "10 seconds"), "campaign_id")
        .count()
        .select(F.unix_millis("window.start").alias("w"), "campaign_id", "count")
    )
    for _ in range(ROUNDS):
        progress, seconds = run(counts, "memory", "ysb", "update")
        emit(
            case=f"ysb {form}", rows=rows_of(progress), seconds=seconds, millis=millis_of(progress)
        )
    # In update mode a window is put out again by each batch that counts more of it.
    last = "select w, campaign_id, max(count) from ysb group by w, campaign_id"
    write(f"ysb {form}", spark.sql(last).collect())


def latency(spark, stateful: bool) -> None:
    name = "latency stateful" if stateful else "latency stateless"
    lines = spark.readStream.option("maxFilesPerTrigger", 1).text(str(DATA / "small"))
    if stateful:
        counts = lines.select(F.explode(F.split("value", " ")).alias("word"))
        counts = counts.groupBy("word").count()
    else:
        counts = lines.select(F.upper("value").alias("value"))
    progress, _ = run(counts, "memory", "small", "update" if stateful else "append")
    millis = millis_of(progress)
    warm = millis[len(millis) // 4 :]
    parts = {
        part: statistics.median(p["durationMs"].get(part, 0) for p in progress[len(millis) // 4 :])
        for part in progress[-1]["durationMs"]
    }
    emit(case=name, median=statistics.median(warm), best=min(warm), worst=max(warm), parts=parts)
    write(name, spark.sql("select * from small").collect())


def state(spark) -> None:
    source = spark.readStream.schema("key string, value long").option("maxFilesPerTrigger", 1)
    sums = source.parquet(str(DATA / "keys")).groupBy("key").agg(F.sum("value").alias("sum"))
    # The first batch makes the keys, with 1 each; the others add to some of them.
    progress, _ = run(sums.where("sum > 1"), "memory", "keys", "update")
    millis = millis_of(progress)
    warm = millis[1 + len(millis) // 4 :]
    emit(case="state", first=millis[0], median=statistics.median(warm), millis=millis)
    write("state", spark.sql("select key, sum from keys").collect())


def first_result(spark) -> None:
    """From the start of the engine, which is at the time that the case's line says."""
    lines = spark.readStream.text(str(DATA / "first"))
    words = lines.select(F.explode(F.split("value", " ")).alias("word")).groupBy("word").count()
    query = words.writeStream.format("memory").queryName("first").outputMode("complete").start()
    while not (rows := spark.sql("select * from first").collect()):
        time.sleep(0.002)
    seconds = time.time() - began
    query.stop()
    emit(case="first result", seconds=seconds)
    write("first result", rows)


CASES = {
    "first result": first_result,
    "wordcount": word_count,
    "ysb parquet": lambda spark: events(spark, "parquet"),
    "ysb json": lambda spark: events(spark, "json"),
    "latency stateless": lambda spark: latency(spark, False),
    "latency stateful": lambda spark: latency(spark, True),
    "state": state,
}

emit(ready=True)
spark = None
for line in sys.stdin:
    name = line.rstrip("\n")
    began = time.time()
    if spark is None:
        spark = session()
    CASES[name](spark)
    emit(done=name)
