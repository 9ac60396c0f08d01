"""What the official client builds arrives as the plan that is meant: explain() shows it."""

import datetime
import decimal
import unittest

from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as f
from serving import ServerTest


class Plans(ServerTest):
    def plan(self, frame) -> str:
        return frame._explain_string(extended=True).split("\n", 1)[1].rstrip()

    def columns(self, *columns) -> str:
        """What stands in the Project of these columns."""
        text = self.plan(self.spark.range(1).select(*columns)).splitlines()[0]
        return text.removeprefix("Project [").removesuffix("]")

    def test_literals(self) -> None:
        print(
            self.columns(
                f.lit(1),
                f.lit(2**40),
                f.lit(1.5),
                f.lit("a'b"),
                f.lit(True),
                f.lit(None),
                f.lit(b"\x00\xff"),
                f.lit(decimal.Decimal("-12.50")),
                f.lit(datetime.date(2026, 1, 2)),
                f.lit(datetime.timedelta(days=1)),
                f.lit([1, 2]),
            )
        )


if __name__ == "__main__":
    unittest.main()
