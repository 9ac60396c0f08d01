#include <gtest/gtest.h>

#include "spate/functions/FamilyCall.h"
#include "spate/types/Variant.h"

namespace spate::family {
namespace {

using namespace std::string_literals;

Value variant(const char* json) {
  return {valueOf("parse_json", {text(json)}), DataType::variantType()};
}

Datum jsonOf(const char* json) { return valueOf("to_json", {variant(json)}); }

TEST(VariantsTest, bytesAreSparks) {
  const Datum parsed =
      valueOf("parse_json",
              {text(R"({"a":1,"b":[1.5,"x",null,true,1e3, 12345678901234567890],"c":"2020"})")});
  ASSERT_NE(nullptr, parsed.as<Row>());
  EXPECT_EQ((*parsed.as<Row>())[0],
            Datum("\x02\x03\x00\x01\x02\x00\x02"
                  "05\x0c\x01\x03\x06\x00\x06\x08\t\n\x13% \x01\x0f\x00\x00\x00\x05x\x00\x04\x1c"
                  "\x00\x00\x00\x00\x00@\x8f@(\x00\xd2\n\x1f\xeb\x8c\xa9T\xab\x00\x00\x00\x00\x00"
                  "\x00\x00\x00\x11"
                  "2020"s));
  EXPECT_EQ((*parsed.as<Row>())[1], Datum("\x01\x03\x00\x01\x02\x03"
                                          "abc"s));
}

TEST(VariantsTest, jsonThereAndBack) {
  EXPECT_EQ(jsonOf(R"({"b":1.50,"a":[1,"x\u00e9\n"]})"),
            Datum("{\"a\":[1,\"x\xc3\xa9\\n\"],\"b\":1.5}"));
  EXPECT_EQ(jsonOf("[]"), Datum("[]"));
  EXPECT_EQ(jsonOf("{}"), Datum("{}"));
  EXPECT_EQ(jsonOf("-9223372036854775808"), Datum("-9223372036854775808"));
  EXPECT_EQ(jsonOf("1e3"), Datum("1000.0"));
  EXPECT_EQ(jsonOf("[true,false,null]"), Datum("[true,false,null]"));
  std::string wide = "[0";
  for (int i = 1; i < 300; ++i) wide += ",\"" + std::string(100, 'x') + "\"";
  wide += "]";
  EXPECT_EQ(jsonOf(wide.c_str()), Datum(wide));
  std::string fields = "{\"k100\":100";
  for (int i = 101; i < 400; ++i) fields += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
  fields += "}";
  EXPECT_EQ(jsonOf(fields.c_str()), Datum(fields));
}

TEST(VariantsTest, whatIsNoJson) {
  EXPECT_EQ(errorOf("parse_json", {text("{a")}), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION");
  EXPECT_EQ(errorOf("parse_json", {text(R"({"a":1,"a":2})")}), "VARIANT_DUPLICATE_KEY");
  EXPECT_EQ(valueOf("try_parse_json", {text("{a")}), Datum());
}

TEST(VariantsTest, paths) {
  const auto get = [](const char* json, const char* path, const char* type) {
    return valueOf("variant_get", {variant(json), text(path), text(type)});
  };
  EXPECT_EQ(get(R"({"a":{"b":[1,2]}})", "$.a.b[1]", "int"), Datum(2));
  EXPECT_EQ(get(R"({"a":{"b":[1,2]}})", "$['a'][\"b\"][0]", "string"), Datum("1"));
  EXPECT_EQ(get(R"({"a":1})", "$.b", "int"), Datum());
  EXPECT_EQ(get(R"({"a":{"b":[1,2]}})", "$.a", "string"), Datum(R"({"b":[1,2]})"));
  EXPECT_EQ(get("[1,2]", "$", "array<bigint>"), Datum(Row{Datum(int64_t{1}), Datum(int64_t{2})}));
  EXPECT_EQ(errorOf("variant_get", {variant(R"({"a":"x"})"), text("$.a"), text("int")}),
            "INVALID_VARIANT_CAST");
  EXPECT_EQ(valueOf("try_variant_get", {variant(R"({"a":"x"})"), text("$.a"), text("int")}),
            Datum());
  EXPECT_EQ(errorOf("variant_get", {variant("1"), text("a"), text("int")}),
            "INVALID_VARIANT_GET_PATH");
}

TEST(VariantsTest, schemas) {
  EXPECT_EQ(valueOf("schema_of_variant", {variant(R"({"a":1,"b":[1.5,"x",null,true]})")}),
            Datum("OBJECT<a: BIGINT, b: ARRAY<VARIANT>>"));
  EXPECT_EQ(valueOf("schema_of_variant", {variant("[1,2.5]")}), Datum("ARRAY<DECIMAL(21,1)>"));
  EXPECT_EQ(valueOf("schema_of_variant", {variant("1e3")}), Datum("DOUBLE"));
  EXPECT_EQ(valueOf("is_variant_null", {variant("null")}), Datum(true));
  EXPECT_EQ(valueOf("is_variant_null", {variant("1")}), Datum(false));
}

TEST(VariantsTest, valuesOfOtherTypes) {
  const DataType type = DataType::structOf(
      {{"a", DataType::integerType()}, {"b", DataType::arrayOf(DataType::integerType())}});
  const Datum made =
      valueOf("to_variant_object", {{Datum(Row{Datum(1), Datum(integerRow({1, 2}))}), type}});
  ASSERT_NE(nullptr, made.as<Row>());
  EXPECT_EQ((*made.as<Row>())[0],
            Datum("\x02\x02\x00\x01\x00\x02\x0b\x0c\x01\x03\x02\x00\x02\x04\x0c\x01\x0c\x02"s));
}

TEST(VariantsTest, bytesThatAreNoneAreRefused) {
  const Datum good = valueOf("parse_json", {text(R"({"a":[1,"xyz",2.5],"b":{"c":null}})")});
  const std::string& value = *(*good.as<Row>())[0].as<std::string>();
  const std::string& metadata = *(*good.as<Row>())[1].as<std::string>();
  const auto read = [](const std::string& bytes, const std::string& names) {
    std::string out;
    (void)VariantView(bytes, names).appendJson(*TimeZone::utc(), out);
    (void)VariantView(bytes, names).schema();
  };
  for (size_t size = 0; size < value.size(); ++size) read(value.substr(0, size), metadata);
  for (size_t size = 0; size < metadata.size(); ++size) read(value, metadata.substr(0, size));
  for (size_t i = 0; i < value.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = value;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      read(changed, metadata);
    }
  }
  std::string out;
  EXPECT_EQ("MALFORMED_VARIANT",
            VariantView("", metadata).appendJson(*TimeZone::utc(), out).errorClass());
}

}  // namespace
}  // namespace spate::family
