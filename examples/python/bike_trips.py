"""Counts the trips of a bike share by the station at which they begin, as files of them come in.

./spate server
SPARK_REMOTE=sc://localhost:15002 python examples/python/bike_trips.py /tmp/trips

The counts appear where the server runs, after each new file in /tmp/trips.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

spark = SparkSession.builder.getOrCreate()

trips_schema = (
    StructType()
    .add("TripID", "integer")
    .add("Duration", "integer")
    .add("StartDate", "string")
    .add("StartStation", "string")
    .add("StartTerminal", "integer")
    .add("EndDate", "string")
    .add("EndStation", "string")
    .add("EndTerminal", "integer")
    .add("BikeNo", "integer")
    .add("SubscriberType", "string")
    .add("ZipCode", "string")
)
trips = spark.readStream.schema(trips_schema).csv(sys.argv[1])
result = (
    trips.select(trips.StartTerminal, trips.StartStation)
    .groupBy(trips.StartTerminal, trips.StartStation)
    .agg({"*": "count"})
)
query = result.writeStream.format("console").outputMode("complete").start()
query.awaitTermination()
