#include <gmock/gmock.h>

#include "spate/sources/files/FileTest.h"

namespace spate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using JsonFormatTest = FileTest;

TEST_F(JsonFormatTest, columnsAreInferredAndSorted) {
  put("a.json",
      "{\"b\":1,\"a\":\"x\",\"n\":null,\"s\":{\"y\":[1,2.5]}}\n\n"
      "{\"b\":3000000000,\"d\":true,\"s\":{\"y\":[]},\"big\":12345678901234567890}\n");
  EXPECT_EQ(scan("json", "a.json")->schema().sql(),
            "STRUCT<a: STRING, b: BIGINT, big: DECIMAL(20,0), d: BOOLEAN, n: STRING, "
            "s: STRUCT<y: ARRAY<DOUBLE>>>");
  EXPECT_THAT(read("json", "a.json"),
              ElementsAre("x|1|NULL|NULL|NULL|{[1.0, 2.5]}",
                          "NULL|3000000000|12345678901234567890|true|NULL|{[]}"));
  EXPECT_EQ(scan("json", "a.json", {{"dropFieldIfAllNull", "true"}, {"primitivesAsString", "true"}})
                ->schema()
                .sql(),
            "STRUCT<a: STRING, b: STRING, big: STRING, d: STRING, s: STRUCT<y: ARRAY<STRING>>>");
}

TEST_F(JsonFormatTest, valuesOfEveryType) {
  put("a.json",
      R"({"i":1,"f":1.5,"d":"NaN","m":1.25,"t":"2020-01-02T03:04:05.678Z","e":1577934245,)"
      R"("day":"2020-01-02","s":"a\u00e9\n\ud83d\ude00\"","o":{"k":[1,{"z":null}]},)"
      R"("bin":"aGk=","map":{"a":1,"b":null},"x":{ "y" : 1 }})");
  EXPECT_THAT(
      read(
          "json", "a.json", {},
          "i int, f float, d double, m decimal(5,2), t timestamp, e timestamp, day date, s string, "
          "o string, bin binary, map map<string,int>, x struct<y:int,w:int>, missing int"),
      ElementsAre("1|1.5|NaN|1.25|2020-01-02 03:04:05.678|2020-01-02 03:04:05|2020-01-02|"
                  "a\u00e9\\n\U0001F600\"|{\"k\":[1,{\"z\":null}]}|[68 69]|{a -> 1, b -> NULL}|"
                  "{1, NULL}|NULL"));
}

TEST_F(JsonFormatTest, parseModes) {
  put("a.json", "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"no\",\"b\":\"y\"}\n{\"a\":2,\n[1]\n{\"a\":3} z\n");
  const std::string ddl = "a int, b string, _corrupt_record string";
  EXPECT_THAT(read("json", "a.json", {}, ddl),
              ElementsAre("1|x|NULL", "NULL|y|{\"a\":\"no\",\"b\":\"y\"}", "NULL|NULL|{\"a\":2,",
                          "NULL|NULL|[1]", "3|NULL|NULL"));
  EXPECT_THAT(read("json", "a.json", {{"mode", "DROPMALFORMED"}}, "a int, b string"),
              ElementsAre("1|x", "3|NULL"));
  EXPECT_THAT(read("json", "a.json", {{"mode", "FAILFAST"}}, "a int, b string")[0],
              HasSubstr("Malformed records are detected in record parsing: "
                        "{\"a\":\"no\",\"b\":\"y\"}.\nParse Mode: FAILFAST. To process malformed "
                        "records as null result, try setting the option 'mode' as 'PERMISSIVE'."));
  EXPECT_THAT(scan("json", "a.json")->schema().sql(), HasSubstr("_corrupt_record: STRING"));
}

TEST_F(JsonFormatTest, nestedValuesThatDoNotFitAreNullAndTheRestStays) {
  put("a.json", "{\"s\":{\"a\":\"x\",\"b\":2},\"l\":[1,\"y\",3]}\n");
  EXPECT_THAT(read("json", "a.json", {}, "s struct<a:int,b:int>, l array<int>"),
              ElementsAre("{NULL, 2}|[1, NULL, 3]"));
}

TEST_F(JsonFormatTest, theLastOfTwoFieldsOfOneNameCounts) {
  put("a.json", "{\"a\":1,\"a\":2}\n");
  EXPECT_THAT(read("json", "a.json"), ElementsAre("2"));
}

TEST_F(JsonFormatTest, looseJsonIsTakenWhereOptionsSaySo) {
  put("a.json", "{'a':1}\n{a:2}\n/*c*/{\"a\":/*d*/3}\n{\"a\":007}\n{\"a\":\"\\q\"}\n");
  const std::string ddl = "a string";
  EXPECT_THAT(read("json", "a.json", {}, ddl), ElementsAre("1", "NULL", "NULL", "NULL", "NULL"));
  EXPECT_THAT(read("json", "a.json",
                   {{"allowSingleQuotes", "false"},
                    {"allowUnquotedFieldNames", "true"},
                    {"allowComments", "true"},
                    {"allowNumericLeadingZeros", "true"},
                    {"allowBackslashEscapingAnyCharacter", "true"}},
                   ddl),
              ElementsAre("NULL", "2", "3", "007", "q"));
}

TEST_F(JsonFormatTest, multiLineReadsAFileAsOneRecordOrAnArrayOfThem) {
  put("t/a.json", "{\n \"a\": 1\n}\n");
  put("t/b.json", "[\n {\"a\": 2},\n {\"a\": 3}\n]\n");
  EXPECT_THAT(read("json", "t", {{"multiLine", "true"}}),
              ::testing::UnorderedElementsAre("1", "2", "3"));
}

TEST_F(JsonFormatTest, deepNestingIsRefusedNotFollowed) {
  put("a.json", std::string(100'000, '[') + "\n{\"a\":" + std::string(100'000, '{') + "\n");
  EXPECT_THAT(read("json", "a.json", {}, "a string"), ElementsAre("NULL", "NULL"));
}

}  // namespace
}  // namespace spate
