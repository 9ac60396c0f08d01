#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/FilePathUri.h"
#include "spate/types/PrettyString.h"
#include "spate/types/ShowString.h"

namespace spate {
namespace {

struct Rows {
  DataType schema;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
};

Rows rowsOf(const std::string& ddl, const std::vector<Row>& rows) {
  Rows result{*schemaFromDdl(ddl), {}};
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < result.schema.fields().size(); ++i) {
    std::vector<Datum> values;
    for (const Row& row : rows) values.push_back(row[i]);
    columns.push_back(*columnOf(values, result.schema.fields()[i].type));
  }
  result.batches.push_back(arrow::RecordBatch::Make(*toArrowSchema(result.schema),
                                                    static_cast<int64_t>(rows.size()), columns));
  return result;
}

std::string shown(const Rows& rows, const ShowOptions& options = {}) {
  return showString(rows.schema, rows.batches, options, *TimeZone::utc());
}

std::string pretty(const std::string& type, const Datum& value) {
  const DataType dataType = *dataTypeFromDdl(type);
  std::string out;
  appendPretty(**columnOf(std::span(&value, 1), dataType), dataType, 0, *TimeZone::utc(), out);
  return out;
}

TEST(ShowString, cellsAreRightAlignedInColumnsOfAtLeastThree) {
  const Rows rows = rowsOf("age int, name string", {{14, "Tom"}, {Datum(), "Alice"}});
  EXPECT_EQ(shown(rows),
            "+----+-----+\n"
            "| age| name|\n"
            "+----+-----+\n"
            "|  14|  Tom|\n"
            "|NULL|Alice|\n"
            "+----+-----+\n");
  EXPECT_EQ(shown(rowsOf("a int", {})), "+---+\n|  a|\n+---+\n+---+\n");
  EXPECT_EQ(shown(rowsOf("", {{}, {}})), "++\n||\n++\n||\n||\n++\n");
}

TEST(ShowString, moreRowsThanAskedForAreAnnounced) {
  const Rows rows = rowsOf("a int", {{1}, {2}, {3}});
  EXPECT_EQ(shown(rows, {.rows = 2}),
            "+---+\n|  a|\n+---+\n|  1|\n|  2|\n+---+\nonly showing top 2 rows");
  EXPECT_TRUE(shown(rows, {.rows = 1}).ends_with("only showing top 1 row"));
  EXPECT_TRUE(shown(rows, {.rows = 3}).ends_with("+---+\n"));
  EXPECT_TRUE(shown(rowsOf("a_long_name int", {{1}}), {.truncate = 3}).find("|a_long_name|") !=
              std::string::npos);
}

TEST(ShowString, longCellsAreCutAndWholeOnesStandLeft) {
  const Rows rows = rowsOf("s string", {{"abcdefghijklmnopqrstuvwxyz"}, {"a\tb\n"}});
  EXPECT_EQ(shown(rows),
            "+--------------------+\n|                   s|\n+--------------------+\n"
            "|abcdefghijklmnopq...|\n|              a\\tb\\n|\n+--------------------+\n");
  EXPECT_EQ(shown(rows, {.truncate = 3}), "+---+\n|  s|\n+---+\n|abc|\n|a\\t|\n+---+\n");
  EXPECT_EQ(shown(rows, {.truncate = 0}),
            "+--------------------------+\n|s                         |\n"
            "+--------------------------+\n|abcdefghijklmnopqrstuvwxyz|\n"
            "|a\\tb\\n                    |\n+--------------------------+\n");
}

TEST(ShowString, fullWidthCharactersTakeTwoColumns) {
  EXPECT_EQ(halfWidth("ab"), 2U);
  EXPECT_EQ(halfWidth("\u4e2d\u6587"), 4U);
  EXPECT_EQ(shown(rowsOf("s string", {{"\u4e2d\u6587"}, {"a"}})),
            "+----+\n|   s|\n+----+\n|\u4e2d\u6587|\n|   a|\n+----+\n");
}

TEST(ShowString, verticalShowsALineForEachColumn) {
  const Rows rows = rowsOf("age int, name string", {{14, "Tom"}, {23, "Alice"}});
  EXPECT_EQ(shown(rows, {.rows = 1, .isVertical = true}),
            "-RECORD 0---\n age  | 14  \n name | Tom \nonly showing top 1 row");
  EXPECT_EQ(shown(rowsOf("a int", {}), {.isVertical = true}), "(0 rows)");
}

TEST(ShowString, htmlIsEscaped) {
  const Rows rows = rowsOf("a string", {{"<b>&\""}, {"x"}});
  EXPECT_EQ(htmlString(rows.schema, rows.batches, {.rows = 1}, *TimeZone::utc()),
            "<table border='1'>\n<tr><th>a</th></tr>\n"
            "<tr><td>&lt;b&gt;&amp;&quot;</td></tr>\n</table>\nonly showing top 1 row\n");
}

TEST(PrettyString, valuesReadAsSparkPrintsThem) {
  EXPECT_EQ(pretty("double", 1e10), "1.0E10");
  EXPECT_EQ(pretty("decimal(10,3)", Decimal{-5}), "-0.005");
  EXPECT_EQ(pretty("decimal(10,0)", Decimal{12}), "12");
  EXPECT_EQ(pretty("binary", "a\xff"), "[61 FF]");
  EXPECT_EQ(pretty("date", int32_t{18628}), "2021-01-01");
  EXPECT_EQ(pretty("date", int32_t{-719529}), "-0001-12-31");
  EXPECT_EQ(pretty("timestamp", int64_t{1609459200500000}), "2021-01-01 00:00:00.5");
  EXPECT_EQ(pretty("timestamp", int64_t{-1}), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(pretty("array<int>", Row{1, Datum()}), "[1, NULL]");
  EXPECT_EQ(pretty("struct<a:int,b:string>", Row{1, Datum()}), "{1, NULL}");
  EXPECT_EQ(pretty("map<string,int>", MapValue{{"a"}, {1}}), "{a -> 1}");
  EXPECT_EQ(pretty("interval day to second", int64_t{-93784000005}),
            "INTERVAL '-1 02:03:04.000005' DAY TO SECOND");
  EXPECT_EQ(pretty("interval year to month", int32_t{14}), "INTERVAL '1-2' YEAR TO MONTH");
  EXPECT_EQ(pretty("interval", CalendarInterval{14, 3, 4500000}),
            "1 years 2 months 3 days 4.5 seconds");
}

TEST(FilePathUri, pathsGoThereAndBack) {
  EXPECT_EQ(uriOfFilePath("/a/b c%.txt"), "file:///a/b%20c%25.txt");
  EXPECT_EQ(*filePathOfUri("file:///a/b%20c%25.txt"), "/a/b c%.txt");
  EXPECT_EQ(*filePathOfUri("file:/a"), "/a");
  EXPECT_EQ(*filePathOfUser("file:///a/b%20c/"), "/a/b%20c");
  EXPECT_EQ(*filePathOfUser("/a:b"), "/a:b");
  EXPECT_EQ(filePathOfUser("hdfs://host/a").error().code(), StatusCode::kUnsupported);
  EXPECT_EQ(filePathOfUri("file:///a%2").error().code(), StatusCode::kCorrupt);
}

TEST(ArrowStatus, aStatusSurvivesTheWayThroughArrow) {
  Status status = Status::corrupt("torn");
  status.withErrorClass("FAILED_READ_FILE", "KD001", {{"path", "/a"}});
  const Status back = fromArrow(toArrowStatus(status).WithMessage("other"));
  EXPECT_EQ(back.message(), "torn");
  EXPECT_EQ(back.code(), StatusCode::kCorrupt);
  EXPECT_EQ(back.errorClass(), "FAILED_READ_FILE");
  EXPECT_EQ(back.parameters().at("path"), "/a");
  EXPECT_EQ(fromArrow(arrow::Status::IOError("x")).code(), StatusCode::kIoError);
  EXPECT_TRUE(toArrowStatus(Status::OK()).ok());
}

}  // namespace
}  // namespace spate
