"""Files that a session adds for its Python functions."""

import os
import pathlib
import shutil
import unittest

import pandas as pd
from pyspark.errors import PythonException, SparkRuntimeException
from pyspark.sql import functions as F
from serving import ServerTest

KEY = "spark.sql.artifact.copyFromLocalToFs.allowDestLocal"


class ArtifactsTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.directory()

    def module(self, name: str, value: int) -> str:
        path = self.folder / f"{name}.py"
        path.write_text(f"def value():\n    return {value}\n")
        return str(path)

    def package(self, name: str, value: int, suffix: str = "zip") -> str:
        (self.folder / name).mkdir()
        (self.folder / name / "__init__.py").write_text(f"def value():\n    return {value}\n")
        made = shutil.make_archive(str(self.folder / name), "zip", self.folder, name)
        path = str(self.folder / f"{name}.{suffix}")
        os.rename(made, path)
        return path

    def stream(self):
        data = self.folder / "data"
        data.mkdir()
        (data / "a.txt").write_text("a\n")
        return self.spark.readStream.text(str(data))

    def add_three(self) -> None:
        self.spark.addArtifacts(self.module("mine", 1), self.package("zipped", 10), pyfile=True)
        self.spark.addArtifacts(self.package("laid", 100, "egg"), pyfile=True)

    def test_functions_import_modules_and_packages(self) -> None:
        def total(x):
            import laid
            import mine
            import zipped

            return x + mine.value() + zipped.value() + laid.value()

        frame = self.spark.range(1)
        missing = F.udf(total, "long")
        with self.assertRaisesRegex(PythonException, "No module named"):
            frame.select(missing("id")).collect()
        self.add_three()
        self.assertEqual(111, frame.select(F.udf(total, "long")("id")).first()[0])

        @F.pandas_udf("long")
        def in_pandas(series: pd.Series) -> pd.Series:
            return series.map(total)

        self.assertEqual(111, frame.select(in_pandas("id")).first()[0])
        mapped = frame.mapInPandas(
            lambda frames: (f.assign(id=f.id.map(total)) for f in frames), "id long"
        )
        self.assertEqual(111, mapped.first()[0])
        # One that is added later is there, too, in workers that have run before.
        self.spark.addArtifacts(self.module("later", 5), pyfile=True)
        later = F.udf(lambda x: __import__("later").value(), "long")
        self.assertEqual(5, frame.select(later("id")).first()[0])

    def test_each_session_has_its_own(self) -> None:
        value = F.udf(lambda x: __import__("mine").value(), "long")
        other = self.connect()
        self.spark.addArtifacts(self.module("mine", 1), pyfile=True)
        other.addArtifacts(self.module("mine", 2), pyfile=True)
        for _ in range(2):
            self.assertEqual(1, self.spark.range(1).select(value("id")).first()[0])
            self.assertEqual(2, other.range(1).select(value("id")).first()[0])
        third = self.connect()
        with self.assertRaisesRegex(PythonException, "No module named"):
            third.range(1).select(value("id")).collect()

    def test_sinks_of_streams_import_them(self) -> None:
        self.add_three()
        out = str(self.folder / "out")

        def write(rows, batch):
            import laid
            import mine
            import zipped

            total = mine.value() + zipped.value() + laid.value() + rows.count()
            pathlib.Path(out).write_text(str(total))

        stream = self.stream()
        stream.writeStream.foreachBatch(write).trigger(availableNow=True).start().awaitTermination()
        self.assertEqual("112", pathlib.Path(out).read_text())

        def write_row(row):
            import laid
            import mine
            import zipped

            total = mine.value() + zipped.value() + laid.value()
            pathlib.Path(out).write_text(f"{row.value}{total}")

        stream.writeStream.foreach(write_row).trigger(availableNow=True).start().awaitTermination()
        self.assertEqual("a111", pathlib.Path(out).read_text())

    def test_files_and_archives_are_where_functions_start(self) -> None:
        (self.folder / "note.txt").write_text("hello")
        self.spark.addArtifacts(str(self.folder / "note.txt"), file=True)
        self.spark.addArtifacts(self.package("boxed", 1) + "#box", archive=True)

        def read(x):
            return pathlib.Path("note.txt").read_text() + str(sorted(os.listdir("box/boxed")))

        value = self.spark.range(1).select(F.udf(read, "string")("id")).first()[0]
        self.assertEqual("hello['__init__.py']", value)
        (self.folder / "bad.zip").write_text("no archive")
        with self.assertRaisesRegex(Exception, "bad.zip cannot be added"):
            self.spark.addArtifacts(str(self.folder / "bad.zip"), archive=True)

    def test_artifact_cannot_be_overwritten(self) -> None:
        path = self.module("mine", 1)
        self.spark.addArtifacts(path, pyfile=True)
        self.spark.addArtifacts(path, pyfile=True)
        self.module("mine", 2)
        with self.assertRaises(SparkRuntimeException) as raised:
            self.spark.addArtifacts(path, pyfile=True)
        self.assertEqual("ARTIFACT_ALREADY_EXISTS", raised.exception.getCondition())
        self.assertEqual("42713", raised.exception.getSqlState())
        self.assertEqual(
            {"normalizedRemoteRelativePath": "pyfiles/mine.py"},
            raised.exception.getMessageParameters(),
        )
        value = F.udf(lambda x: __import__("mine").value(), "long")
        self.assertEqual(1, self.spark.range(1).select(value("id")).first()[0])

    def test_what_only_a_jvm_loads_is_refused(self) -> None:
        (self.folder / "some.jar").write_text("a jar")
        with self.assertRaisesRegex(Exception, "jars/some.jar, which only a JVM could load"):
            self.spark.addArtifacts(str(self.folder / "some.jar"))

    def test_files_are_copied_only_where_that_is_allowed(self) -> None:
        path = self.module("mine", 1)
        target = self.folder / "there" / "copied.py"
        with self.assertRaisesRegex(Exception, "destination path is not supported"):
            self.spark.copyFromLocalToFs(path, str(target))
        self.spark.conf.set(KEY, "true")
        self.spark.copyFromLocalToFs(path, str(target))
        self.assertEqual(pathlib.Path(path).read_text(), target.read_text())


if __name__ == "__main__":
    unittest.main()
