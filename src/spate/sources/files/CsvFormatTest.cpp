#include <gmock/gmock.h>

#include "spate/sources/files/FileTest.h"

namespace spate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using CsvFormatTest = FileTest;

TEST_F(CsvFormatTest, withoutOptionsAllIsStrings) {
  put("a.csv", "1,Tom\n\n2,\n");
  EXPECT_EQ(scan("csv", "a.csv")->schema().sql(), "STRUCT<_c0: STRING, _c1: STRING>");
  EXPECT_THAT(read("csv", "a.csv"), ElementsAre("1|Tom", "2|NULL"));
}

TEST_F(CsvFormatTest, headerNamesColumnsAndTypesAreInferred) {
  put("a.csv",
      "i,l,d,f,b,day,at,s,n,s\n1,3000000000,1,1.5,true,2020-01-02,2020-01-02 03:04:05,x,,\n"
      "2,1,12345678901234567890,2,FALSE,2020-01-03,2020-01-02,1x,,y\n");
  const Options options = {{"header", "true"}, {"inferSchema", "true"}};
  EXPECT_EQ(scan("csv", "a.csv", options)->schema().sql(),
            "STRUCT<i: INT, l: BIGINT, d: DECIMAL(20,0), f: DOUBLE, b: BOOLEAN, day: DATE, "
            "at: TIMESTAMP, s7: STRING, n: STRING, s9: STRING>");
  EXPECT_THAT(read("csv", "a.csv", options),
              ElementsAre("1|3000000000|1|1.5|true|2020-01-02|2020-01-02 03:04:05|x|NULL|NULL",
                          "2|1|12345678901234567890|2.0|false|2020-01-03|2020-01-02 00:00:00|1x|"
                          "NULL|y"));
}

TEST_F(CsvFormatTest, quotesEscapesAndDelimiters) {
  put("a.csv", "\"a,b\",\"c\\\"d\",\"e\"\"f\", g \n\"\\\\\",\"x\" ,,\n");
  EXPECT_THAT(read("csv", "a.csv"), ElementsAre("a,b|c\"d|\"e\"\"f\"| g", "\\|x|NULL|NULL"));
  EXPECT_THAT(read("csv", "a.csv", {{"escape", "\""}})[0],
              ::testing::StrEq("a,b|\"c\\\"d\"|e\"f| g"));
  put("b.csv", "1||2\t;'x;y'\n");
  EXPECT_THAT(read("csv", "b.csv", {{"sep", "||"}}), ElementsAre("1|2\\t;'x;y'"));
  EXPECT_THAT(read("csv", "b.csv", {{"delimiter", ";"}, {"quote", "'"}}),
              ElementsAre("1||2\\t|x;y"));
  EXPECT_THAT(read("csv", "b.csv", {{"sep", ""}})[0], HasSubstr("INVALID_DELIMITER_VALUE"));
}

TEST_F(CsvFormatTest, spacesNullsAndComments) {
  put("a.csv", "#no\n  1 ,-, \"\"\n");
  EXPECT_THAT(read("csv", "a.csv", {{"comment", "#"}, {"nullValue", "-"}}),
              ElementsAre("  1|NULL| \"\""));
  EXPECT_THAT(read("csv", "a.csv",
                   {{"comment", "#"},
                    {"nullValue", "-"},
                    {"emptyValue", "E"},
                    {"ignoreLeadingWhiteSpace", "true"},
                    {"ignoreTrailingWhiteSpace", "true"}}),
              ElementsAre("1|NULL|E"));
}

TEST_F(CsvFormatTest, parseModes) {
  put("a.csv", "1,a\nx,b\n3\n4,d,e\n");
  const std::string ddl = "i int, s string, _corrupt_record string";
  EXPECT_THAT(read("csv", "a.csv", {}, ddl),
              ElementsAre("1|a|NULL", "NULL|b|x,b", "3|NULL|3", "4|d|4,d,e"));
  EXPECT_THAT(read("csv", "a.csv", {{"mode", "DROPMALFORMED"}}, "i int, s string"),
              ElementsAre("1|a"));
  EXPECT_THAT(read("csv", "a.csv", {{"mode", "failfast"}}, "i int, s string")[0],
              HasSubstr("[MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION]"));
  EXPECT_THAT(
      read("csv", "a.csv", {{"columnNameOfCorruptRecord", "bad"}}, "i int, s string, bad int")[0],
      HasSubstr("INVALID_CORRUPT_RECORD_TYPE"));
}

TEST_F(CsvFormatTest, recordsMayHaveLineEndsInQuotesWithMultiLine) {
  put("a.csv", "h1,h2\r\n1,\"two\r\nlines\"\r\n3,x\r\n");
  EXPECT_THAT(read("csv", "a.csv", {{"multiLine", "true"}, {"header", "true"}}),
              ElementsAre("1|two\\nlines", "3|x"));
}

TEST_F(CsvFormatTest, onlyWantedColumnsAreReadAndTheHeaderIsChecked) {
  put("a.csv", "a,b\n1,2\n3\n");
  const auto scanned = *scan("csv", "a.csv", {{"header", "true"}});
  EXPECT_THAT(*rows(scanned, DataType::structOf({{"b", DataType::stringType()}})),
              ElementsAre("2", "NULL"));
  EXPECT_EQ(rows(scanned, DataType::structOf({}))->size(), 2U);
  EXPECT_THAT(
      read("csv", "a.csv", {{"header", "true"}, {"enforceSchema", "false"}}, "a int, c int")[0],
      HasSubstr("CSV header does not conform to the schema"));
}

TEST_F(CsvFormatTest, formatsOfDatesAndSpecialNumbers) {
  put("a.csv", "02.01.2020;02/01/2020 03-04;Inf;nan;1,234.5\n");
  EXPECT_THAT(read("csv", "a.csv",
                   {{"sep", ";"},
                    {"dateFormat", "dd.MM.yyyy"},
                    {"timestampFormat", "dd/MM/yyyy HH-mm"},
                    {"nanValue", "nan"}},
                   "d date, t timestamp, x double, y float, z decimal(8,2)"),
              ElementsAre("2020-01-02|2020-01-02 03:04:00|Infinity|NaN|1234.50"));
}

TEST_F(CsvFormatTest, columnsThatCsvCannotHaveAreRefused) {
  put("a.csv", "1\n");
  EXPECT_EQ(scan("csv", "a.csv", {}, "a array<int>").error().errorClass(),
            "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
  put("empty/a.csv", "");
  EXPECT_EQ(scan("csv", "empty").error().errorClass(), "UNABLE_TO_INFER_SCHEMA");
}

TEST_F(CsvFormatTest, compressedFilesAreRead) {
  // gzip of "1,a\n", as `printf '1,a\n' | gzip -n` writes it.
  put("a.csv.gz", std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x33\xd4\x49\xe4\x02"
                                   "\x00\xa4\x4c\xb7\xc4\x04\x00\x00\x00",
                                   24));
  EXPECT_THAT(read("csv", "a.csv.gz"), ElementsAre("1|a"));
}

}  // namespace
}  // namespace spate
