"""Counts the words that come over a socket.

nc -lk 9999
./spate server
SPARK_REMOTE=sc://localhost:15002 python examples/python/socket_word_count.py localhost 9999

The counts appear where the server runs.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import explode, split

spark = SparkSession.builder.getOrCreate()

lines = (
    spark.readStream.format("socket")
    .option("host", sys.argv[1])
    .option("port", int(sys.argv[2]))
    .load()
)
words = lines.select(explode(split(lines.value, " ")).alias("word"))
counts = words.groupBy("word").count()
query = counts.writeStream.format("console").outputMode("complete").start()
query.awaitTermination()
