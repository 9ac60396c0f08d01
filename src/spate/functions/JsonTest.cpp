#include <gtest/gtest.h>

#include "spate/functions/FamilyCall.h"

namespace spate::family {
namespace {

Value options(std::initializer_list<std::pair<const char*, const char*>> entries) {
  MapValue map;
  for (const auto& [key, value] : entries) {
    map.keys.push_back(Datum(key));
    map.values.push_back(Datum(value));
  }
  return {Datum(std::move(map)), DataType::mapOf(DataType::stringType(), DataType::stringType())};
}

TEST(JsonTest, fromJsonReadsBySchema) {
  EXPECT_EQ(valueOf("from_json", {text(R"({"a":1, "b":0.8})"), text("a INT, b DOUBLE")}),
            Datum(Row{Datum(1), Datum(0.8)}));
  EXPECT_EQ(valueOf("from_json", {text(R"({'a':[1,null]})"), text("a ARRAY<INT>")}),
            Datum(Row{Datum(Row{Datum(1), Datum()})}));
  EXPECT_EQ(valueOf("from_json", {text(R"({"t":"26/08/2015"})"), text("t DATE"),
                                  options({{"dateFormat", "dd/MM/yyyy"}})}),
            Datum(Row{Datum(16'673)}));
  EXPECT_EQ(valueOf("from_json", {text(R"({"a":{"x":1}})"), text("a STRING")}),
            Datum(Row{Datum(R"({"x":1})")}));
}

TEST(JsonTest, malformedRecordsGoByTheMode) {
  EXPECT_EQ(valueOf("from_json", {text("{\"a\":"), text("a INT, _corrupt_record STRING")}),
            Datum(Row{Datum(), Datum("{\"a\":")}));
  EXPECT_EQ(valueOf("from_json", {text(R"({"a":"x","b":2})"), text("a INT, b INT")}),
            Datum(Row{Datum(), Datum(2)}));
  EXPECT_EQ(errorOf("from_json", {text("{"), text("a INT"), options({{"mode", "FAILFAST"}})}),
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
  EXPECT_EQ(errorOf("from_json", {text("{"), text("a INT"), options({{"mode", "DROPMALFORMED"}})}),
            "PARSE_MODE_UNSUPPORTED");
}

TEST(JsonTest, toJsonLeavesNullsOut) {
  const Value row = {Datum(Row{Datum(1), Datum(), Datum("q\"")}),
                     DataType::structOf({{"a", DataType::integerType(), true},
                                         {"b", DataType::integerType(), true},
                                         {"c", DataType::stringType(), true}})};
  EXPECT_EQ(valueOf("to_json", {row}), Datum(R"({"a":1,"c":"q\""})"));
  EXPECT_EQ(valueOf("to_json", {row, options({{"ignoreNullFields", "false"}})}),
            Datum(R"({"a":1,"b":null,"c":"q\""})"));
  const Value control = {Datum(Row{Datum("\x1f\x7f")}),
                         DataType::structOf({{"a", DataType::stringType(), true}})};
  EXPECT_EQ(valueOf("to_json", {control}), Datum("{\"a\":\"\\u001F\x7f\"}"));
  const Value time = {Datum(Row{Datum(int64_t{1'440'612'000'000'000})}),
                      DataType::structOf({{"t", DataType::timestampType(), true}})};
  EXPECT_EQ(valueOf("to_json", {time}), Datum(R"({"t":"2015-08-26T18:00:00.000Z"})"));
}

TEST(JsonTest, pathsAndShapes) {
  EXPECT_EQ(valueOf("get_json_object", {text(R"({"a":"b"})"), text("$.a")}), Datum("b"));
  EXPECT_EQ(valueOf("get_json_object", {text(R"([{"a":"b"},{"a":"c"}])"), text("$[*].a")}),
            Datum(R"(["b","c"])"));
  EXPECT_EQ(valueOf("get_json_object", {text(R"({"a":[1,{"x":2}]})"), text("$.a[1]")}),
            Datum(R"({"x":2})"));
  EXPECT_EQ(valueOf("get_json_object", {text("{"), text("$.a")}), Datum());
  EXPECT_EQ(valueOf("json_array_length", {text("[1,2,3,{\"f1\":1}]")}), Datum(4));
  EXPECT_EQ(valueOf("json_object_keys", {text(R"({"f1":"abc","f2":{"f3":"a"}})")}),
            Datum(textRow({"f1", "f2"})));
  EXPECT_EQ(valueOf("schema_of_json", {text(R"([{"col":0}])")}),
            Datum("ARRAY<STRUCT<col: BIGINT>>"));
}

TEST(JsonTest, csv) {
  EXPECT_EQ(valueOf("from_csv", {text("1, 0.8"), text("a INT, b DOUBLE")}),
            Datum(Row{Datum(1), Datum(0.8)}));
  EXPECT_EQ(
      valueOf("from_csv", {text("\"a,b\"|2"), text("a STRING, b INT"), options({{"sep", "|"}})}),
      Datum(Row{Datum("a,b"), Datum(2)}));
  EXPECT_EQ(valueOf("schema_of_csv", {text("1,abc")}), Datum("STRUCT<_c0: INT, _c1: STRING>"));
}

TEST(JsonTest, hashesAreSparks) {
  EXPECT_EQ(
      valueOf("hash", {text("Spark"), array({Datum(123)}, DataType::integerType()), integer(2)}),
      Datum(-1'321'691'492));
  EXPECT_EQ(valueOf("xxhash64",
                    {text("Spark"), array({Datum(123)}, DataType::integerType()), integer(2)}),
            Datum(int64_t{5'602'566'077'635'097'486}));
  EXPECT_EQ(valueOf("md5", {text("Spark")}), Datum("8cde774d6f7333752ed72cacddb05126"));
  EXPECT_EQ(valueOf("sha1", {text("Spark")}), Datum("85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c"));
  EXPECT_EQ(valueOf("sha2", {text("Spark"), integer(256)}),
            Datum("529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b"));
  EXPECT_EQ(valueOf("sha2", {text("abc"), integer(512)}),
            Datum("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
  EXPECT_EQ(valueOf("crc32", {text("Spark")}), Datum(int64_t{1'557'323'817}));
}

TEST(JsonTest, urls) {
  const Value url = text("http://spark.apache.org/path?query=1&b=2#ref");
  EXPECT_EQ(valueOf("parse_url", {url, text("HOST")}), Datum("spark.apache.org"));
  EXPECT_EQ(valueOf("parse_url", {url, text("QUERY"), text("query")}), Datum("1"));
  EXPECT_EQ(valueOf("parse_url", {url, text("FILE")}), Datum("/path?query=1&b=2"));
  EXPECT_EQ(errorOf("parse_url", {text("inva lid://x"), text("HOST")}), "INVALID_URL");
  EXPECT_EQ(valueOf("url_encode", {text("https://a b")}), Datum("https%3A%2F%2Fa+b"));
  EXPECT_EQ(valueOf("url_decode", {text("https%3A%2F%2Fa+b")}), Datum("https://a b"));
  EXPECT_EQ(errorOf("url_decode", {text("a%2")}), "CANNOT_DECODE_URL");
}

}  // namespace
}  // namespace spate::family
