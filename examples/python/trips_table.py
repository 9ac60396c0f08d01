"""Keeps the longest trips of each terminal in a table in memory, and asks it by SQL.

./spate server
SPARK_REMOTE=sc://localhost:15002 python examples/python/trips_table.py /tmp/trips
"""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()

trips = spark.readStream.schema(
    "TripID INT, Duration INT, StartDate STRING, StartStation STRING, StartTerminal INT, "
    "EndDate STRING, EndStation STRING, EndTerminal INT, BikeNo INT, SubscriberType STRING, "
    "ZipCode STRING"
).csv(sys.argv[1])
longest = trips.groupBy("StartTerminal", "SubscriberType").agg({"Duration": "max"})
query = longest.writeStream.format("memory").queryName("trips").outputMode("complete").start()
query.processAllAvailable()
spark.sql("select * from trips").show()
query.stop()
