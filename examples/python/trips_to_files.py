"""Writes the trips of subscribers to Parquet files, each once, whatever happens in between.

./spate server
SPARK_REMOTE=sc://localhost:15002 python examples/python/trips_to_files.py \\
    /tmp/trips /tmp/streaming_output /tmp/checkpoint_dir

Run again, it goes on behind the files that it has read before.
"""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.streaming.checkpointLocation", sys.argv[3])

trips = spark.readStream.schema(
    "TripID INT, Duration INT, StartDate STRING, StartStation STRING, StartTerminal INT, "
    "EndDate STRING, EndStation STRING, EndTerminal INT, BikeNo INT, SubscriberType STRING, "
    "ZipCode STRING"
).csv(sys.argv[1])
output = trips.where(trips.SubscriberType == "Subscriber").select(
    "TripID", "StartStation", "EndStation", "Duration"
)
query = output.writeStream.format("parquet").option("path", sys.argv[2]).queryName("subscribers")
query = query.start()
query.processAllAvailable()
query.stop()
spark.read.parquet(sys.argv[2]).orderBy("TripID").show()
