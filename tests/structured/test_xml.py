"""XML files and functions, as the official client uses them; what comes out is Spark 4.3's."""

import gzip
import os
import shutil
import tempfile
import unittest

from pyspark.errors import AnalysisException
from pyspark.errors.exceptions.base import PySparkException
from pyspark.sql import Row
from pyspark.sql import functions as F
from serving import ServerTest

HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class XmlTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="spate-xml-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def put(self, name: str, text: str) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def written(self, query: str, **options: str) -> str:
        path = self.path("out")
        writer = self.spark.sql(query).coalesce(1).write.mode("overwrite").option("rowTag", "r")
        writer.options(**options).format("xml").save(path)
        parts = sorted(name for name in os.listdir(path) if name.startswith("part-"))
        self.assertEqual(1, len(parts))
        with open(os.path.join(path, parts[0]), encoding="utf-8") as file:
            return file.read()

    def test_read_infers_columns(self) -> None:
        path = self.put(
            "a.xml",
            "<people><person id='1'><name>Ada</name><tag>x</tag><tag>y</tag></person>"
            "<person id='2'><name>Bob</name><born>1815-12-10</born></person></people>",
        )
        frame = self.spark.read.xml(path, rowTag="person")
        self.assertEqual(
            "struct<_id:bigint,born:date,name:string,tag:array<string>>",
            frame.schema.simpleString(),
        )
        self.assertEqual(["x", "y"], frame.where("_id = 1").first().tag)
        self.assertEqual(2, frame.count())

    def test_malformed_file_is_shown_whole(self) -> None:
        document = "<s><r><a>1</a></r><r><a>2</b></r></s>"
        path = self.put("a.xml", document)
        reader = self.spark.read.option("rowTag", "r").schema("a int, _corrupt_record string")
        self.assertEqual(
            [Row(a=1, _corrupt_record=None), Row(a=None, _corrupt_record=document)],
            reader.format("xml").load(path).collect(),
        )
        dropped = reader.option("mode", "DROPMALFORMED").format("xml").load(path)
        self.assertEqual([1], [row.a for row in dropped.collect()])
        with self.assertRaises(PySparkException) as raised:
            reader.option("mode", "FAILFAST").format("xml").load(path).collect()
        self.assertEqual("FAILED_READ_FILE.NO_HINT", raised.exception.getCondition())

    def test_row_tag_is_required(self) -> None:
        path = self.put("a.xml", "<a/>")
        with self.assertRaises(AnalysisException) as raised:
            self.spark.read.format("xml").load(path).schema  # noqa: B018
        self.assertEqual("XML_ROW_TAG_MISSING", raised.exception.getCondition())
        self.assertEqual("42KDF", raised.exception.getSqlState())
        with self.assertRaises(AnalysisException) as raised:
            self.spark.read.format("xml").schema("a int").load(path).collect()
        self.assertEqual("XML_ROW_TAG_MISSING", raised.exception.getCondition())
        with self.assertRaises(PySparkException) as raised:
            self.spark.range(1).write.format("xml").save(self.path("out"))
        self.assertEqual("XML_ROW_TAG_MISSING", raised.exception.getCondition())

    def test_written_elements_are_indented(self) -> None:
        self.assertEqual(
            HEADER + "<ROWS>\n    <r>\n        <a>1</a>\n"
            '        <b>x &amp; &lt;y> "q" \'</b>\n        <d>true</d>\n        <e>1.5</e>\n'
            "        <f>2.50</f>\n    </r>\n</ROWS>",
            self.written(
                "select 1 as a, 'x & <y> \"q\" \\'' as b, null as c, true as d, 1.5D as e,"
                " cast(2.50 as decimal(5,2)) as f"
            ),
        )

    def test_written_attributes_values_and_collections(self) -> None:
        self.assertEqual(
            HEADER + '<ROWS>\n    <r root="9">\n        <s id="7">\n            <n>Bob</n>v\n'
            "        </s>\n        <l>1</l>\n        <l>2</l>\n"
            '        <m at="2">\n            <k>1</k>\n        </m>\n    </r>\n</ROWS>',
            self.written(
                "select named_struct('_id', 7, 'n', 'Bob', '_VALUE', 'v') as s,"
                " array(1,2,null) as l, map('k', 1, '_at', 2) as m, 9 as _root"
            ),
        )
        self.assertEqual(
            HEADER + "<ROWS>\n    <r>\n        <aa>\n            <item>1</item>\n"
            "            <item>2</item>\n        </aa>\n        <aa>\n"
            "            <item>3</item>\n        </aa>\n"
            '        <as y="q">\n            <x>1</x>\n        </as>\n        <es/>\n'
            "        <em/>\n    </r>\n</ROWS>",
            self.written(
                "select array(array(1,2),array(3)) as aa,"
                " array(named_struct('x',1,'_y','q')) as as,"
                " named_struct('e', cast(null as int)) as es, array() as ea, map() as em"
            ),
        )

    def test_written_times_and_bytes(self) -> None:
        self.assertEqual(
            HEADER + "<ROWS>\n    <r>\n        <t>2020-01-02T03:04:05.123Z</t>\n"
            "        <d>2020-01-02</d>\n        <n>2020-01-02T03:04:05.000</n>\n"
            "        <bin>[61 62]</bin>\n        <f>1.5</f>\n        <g>1.0E20</g>\n"
            "        <h>NaN</h>\n    </r>\n</ROWS>",
            self.written(
                "select timestamp'2020-01-02 03:04:05.123' as t, date'2020-01-02' as d,"
                " timestamp_ntz'2020-01-02 03:04:05' as n, cast('ab' as binary) as bin,"
                " 1.5f as f, 1e20D as g, cast('NaN' as double) as h",
                timeZone="UTC",
            ),
        )

    def test_written_by_options(self) -> None:
        self.assertEqual(
            '<people k="v" z="w">\n'
            '    <r t="1577934245000000" d="18263" n="NUL">\n        <t>2020</t>\n'
            "        <d>02.01.2020</d>\n        <c>NUL</c>\n    </r>\n</people>",
            self.written(
                "select timestamp'2020-01-02 03:04:05.123Z' as t, date'2020-01-02' as d,"
                " cast(null as int) as c, timestamp'2020-01-02 03:04:05Z' as _t,"
                " date'2020-01-02' as _d, cast(null as string) as _n",
                nullValue="NUL",
                rootTag="people k='v' z=\"w\"",
                declaration="",
                dateFormat="dd.MM.yyyy",
                timestampFormat="yyyy",
                timeZone="America/New_York",
            ),
        )
        self.assertEqual(
            HEADER + "<all>\n<r><a>1</a><b>a</b></r>\n<r><a>2</a></r>\n</all>",
            self.written("select * from values (1,'a'),(2,null) t(a,b)", indent="", rootTag="all"),
        )
        self.assertEqual("", self.written("select 1 as a where false"))

    def test_written_escapes(self) -> None:
        self.assertEqual(
            HEADER + '<ROWS>\n    <r t="a>b&#x9;c&#xd;d\'e&amp;">\n'
            "        <a> ]]&gt; ] > ]&gt; x]]</a>\n        <b>cr&#xd;lf\n t\t</b>\n"
            "        <d>é😀</d>\n    </r>\n</ROWS>",
            self.written(
                "select ' ]]> ] > ]> x]]' as a, 'cr\\rlf\\n t\\t' as b, 'é😀' as d,"
                " 'a>b\\tc\\rd\\'e&' as _t"
            ),
        )

    def test_names_that_xml_does_not_allow(self) -> None:
        for name in ("a b", "1", "a:b"):
            with self.assertRaises(PySparkException) as raised:
                self.spark.sql(f"select 1 as `{name}`").write.xml(self.path(name), rowTag="r")
            self.assertIn("Illegal", str(raised.exception))
        self.assertIn("<a b>1</a b>", self.written("select 1 as `a b`", validateName="false"))

    def test_round_trip_compressed(self) -> None:
        path = self.path("out")
        rows = [
            Row(id=i, s=Row(x=i / 2, tags=["a", f"t{i}"]), m={"k": i, "j": -i}) for i in range(20)
        ]
        ddl = "id bigint, s struct<x: double, tags: array<string>>, m map<string, bigint>"
        self.spark.createDataFrame(rows, ddl).write.xml(path, rowTag="r", compression="gzip")
        parts = [name for name in os.listdir(path) if name.startswith("part-")]
        self.assertTrue(all(name.endswith(".xml.gz") for name in parts))
        with gzip.open(os.path.join(path, parts[0]), "rt", encoding="utf-8") as file:
            self.assertTrue(file.read().startswith(HEADER + "<ROWS>\n"))
        read = self.spark.read.schema(ddl).xml(path, rowTag="r").orderBy("id").collect()
        self.assertEqual(rows, read)

    def test_stream_of_xml_files_to_xml_files(self) -> None:
        self.put("in/a.xml", "<s><r><a>1</a></r><r><a>2</a></r></s>")
        frame = self.spark.readStream.schema("a int").xml(self.path("in"), rowTag="r")

        def run() -> None:
            query = (
                frame.selectExpr("a", "a * 10 as b")
                .writeStream.format("xml")
                .option("rowTag", "row")
                .option("checkpointLocation", self.path("checkpoint"))
                .trigger(availableNow=True)
                .start(self.path("out"))
            )
            query.awaitTermination()

        run()
        self.put("in/b.xml", "<s><r><a>3</a></r></s>")
        run()
        rows = self.spark.read.xml(self.path("out"), rowTag="row").orderBy("a").collect()
        self.assertEqual([(1, 10), (2, 20), (3, 30)], [tuple(row) for row in rows])

    def test_stream_infers_columns_when_it_may(self) -> None:
        self.put("in/a.xml", "<s><r><a>1</a></r></s>")
        self.spark.conf.set("spark.sql.streaming.schemaInference", "true")
        self.addCleanup(self.spark.conf.unset, "spark.sql.streaming.schemaInference")
        frame = self.spark.readStream.format("xml").option("rowTag", "r").load(self.path("in"))
        self.assertEqual("struct<a:bigint>", frame.schema.simpleString())

    def value(self, expression: str):
        return self.spark.sql(f"select {expression} as v").first().v

    def test_from_xml(self) -> None:
        self.assertEqual(
            Row(a=1, b="x"), self.value("from_xml('<p><a>1</a><b>x</b></p>', 'a int, b string')")
        )
        self.assertEqual(
            Row(a=[1, 2], _a=1),
            self.value(
                "from_xml('<p a=\"1\"><a>1</a><a>2</a></p>', 'STRUCT<a: ARRAY<INT>, _a: INT>')"
            ),
        )
        for text in ("<p><a>x</a></p>", "<p><a>1</b></p>", "", "  "):
            self.assertEqual(Row(a=None), self.value(f"from_xml('{text}', 'a int')"))
            self.assertEqual(
                Row(a=None, _corrupt_record=text),
                self.value(f"from_xml('{text}', 'a int, _corrupt_record string')"),
            )
        self.assertIsNone(self.value("from_xml(null, 'a int')"))
        self.assertEqual(
            Row(a=1), self.value("from_xml('<p><a>1</a></p>', schema_of_xml('<p><a>7</a></p>'))")
        )
        frame = self.spark.createDataFrame([("<p><a>1</a></p>",)], ["x"])
        self.assertEqual(["from_xml(x)"], frame.select(F.from_xml("x", "a int")).columns)

    def test_from_xml_refuses(self) -> None:
        for expression, condition in (
            ("from_xml('<p>5</p>', 'int')", "DATATYPE_MISMATCH.INVALID_XML_SCHEMA"),
            ("from_xml(5, 'a int')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
            (
                "from_xml('<p/>', 'a int', map('mode', 'DROPMALFORMED'))",
                "PARSE_MODE_UNSUPPORTED",
            ),
            (
                "from_xml('<p><a>x</a></p>', 'a int', map('mode', 'FAILFAST'))",
                "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            ),
            (
                "from_xml('<p/>', 'a int, _corrupt_record int')",
                "INVALID_CORRUPT_RECORD_TYPE",
            ),
            ("schema_of_xml(5)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
            ("schema_of_xml(null)", "DATATYPE_MISMATCH.UNEXPECTED_NULL"),
            ("to_xml(5)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ):
            with self.subTest(expression), self.assertRaises(PySparkException) as raised:
                self.value(expression)
            self.assertEqual(condition, raised.exception.getCondition())

    def test_schema_of_xml(self) -> None:
        for text, schema in (
            (
                '<p><a>1</a><b c="x">1.5</b></p>',
                "STRUCT<a: BIGINT, b: STRUCT<_VALUE: DOUBLE, _c: STRING>>",
            ),
            ("", "STRUCT<_corrupt_record: STRING>"),
            ("<p>", "STRUCT<_corrupt_record: STRING>"),
            ("<p/>", "STRUCT<>"),
            ("<p>x<a>1</a></p>", "STRUCT<_VALUE: STRING, a: BIGINT>"),
        ):
            self.assertEqual(schema, self.value(f"schema_of_xml('{text}')"))

    def test_to_xml(self) -> None:
        self.assertEqual(
            "<ROW>\n    <a>1</a>\n    <b>2</b>\n</ROW>",
            self.value("to_xml(named_struct('a', 1, 'b', 2))"),
        )
        self.assertEqual(
            '<ROW k="v">\n    <a>1</a>\n    <a>2</a>\n</ROW>',
            self.value("to_xml(named_struct('a', array(1,2), '_k', 'v', 'n', null))"),
        )
        self.assertEqual(
            "<x><a>1</a></x>\n",
            self.value("to_xml(named_struct('a', 1), map('rowTag', 'x', 'indent', ''))"),
        )
        self.assertIsNone(self.value("to_xml(cast(null as struct<a: int>))"))
        self.assertEqual(
            "<ROW>\n    <c>&#x85;</c>\n    <d>&#x7f;</d>\n    <e>&gt;a</e>\n</ROW>",
            self.value("to_xml(named_struct('c', char(133), 'd', char(127), 'e', '>a'))"),
        )

    def test_xpath(self) -> None:
        for expression, value in (
            ("xpath('<a><b>b1</b><b>b2</b></a>', 'a/b/text()')", ["b1", "b2"]),
            ("xpath('<a><b>b1</b><b>b2</b></a>', 'a/b')", [None, None]),
            ("xpath('<a><b x=\"1\"/><b x=\"2\"/></a>', 'a/b/@x')", ["1", "2"]),
            ("xpath('<a>1<!-- c --><?p d?><![CDATA[e]]></a>', 'a/node()')", ["1", " c ", "d", "e"]),
            ("xpath('<a/>', 'b')", []),
            ("xpath('', 'a')", None),
            ("xpath_string('<a><b>b</b><c>cc</c></a>', 'a/c')", "cc"),
            ("xpath_string('<a><b>1</b><b>2</b></a>', 'a')", "12"),
            ("xpath_string('<a/>', 'b')", ""),
            ("xpath_string('<a/>', null)", None),
            ("xpath_string('<a/>', '1 div 0')", "Infinity"),
            ("xpath_string('<a/>', '1000000 * 1000000')", "1000000000000"),
            ("xpath_string('<a/>', '0.1 + 0.2')", "0.30000000000000004"),
            ("xpath_string('<a xmlns=\"u\"><b>1</b></a>', 'a/b')", "1"),
            ("xpath_string('<a><p:b xmlns:p=\"u\">1</p:b></a>', 'a/b')", "1"),
            ("xpath_string('<a><p:b xmlns:p=\"u\">1</p:b></a>', 'a/p:b')", ""),
            ("xpath_string('<a><p:b xmlns:p=\"u\">1</p:b></a>', 'a/*[name()=\"p:b\"]')", "1"),
            ("xpath_boolean('<a><b>1</b></a>', 'a/b')", True),
            ("xpath_boolean('<a><b>1</b></a>', 'a/b = 2')", False),
            ("xpath_int('<a><b>1</b><b>2</b></a>', 'sum(a/b)')", 3),
            ("xpath_int('<a>x</a>', 'a')", 0),
            ("xpath_int('<a>-5.9</a>', 'a')", -5),
            ("xpath_int('<a>3000000000</a>', 'a')", 2147483647),
            ("xpath_short('<a>70000</a>', 'a')", 4464),
            ("xpath_long('<a>99999999999999999999</a>', 'a')", 9223372036854775807),
            ("xpath_long('<a>1e30</a>', 'a')", 0),
            ("xpath_double('<a> 1.5 </a>', 'a')", 1.5),
            ("xpath_number('<a>-.5</a>', 'a')", -0.5),
            ("isnan(xpath_float('<a/>', 'b'))", True),
        ):
            with self.subTest(expression):
                self.assertEqual(value, self.value(expression))

    def test_xpath_refuses(self) -> None:
        for expression, words in (
            ("xpath('<a>', 'a')", "Error loading expression 'a'"),
            ("xpath('<a>1</a><b/>', 'a')", "Error loading expression 'a'"),
            ("xpath('<a/>', 'a[')", "Invalid XPath 'a['"),
            ("xpath('<a/>', 'count(a)')", "Invalid XML document"),
            ("xpath(5, 'a')", "UNEXPECTED_INPUT_TYPE"),
            ("xpath('<a/>', uuid())", "NON_FOLDABLE_INPUT"),
        ):
            with self.subTest(expression), self.assertRaises(PySparkException) as raised:
                self.value(expression)
            self.assertIn(words, str(raised.exception))


if __name__ == "__main__":
    unittest.main()
