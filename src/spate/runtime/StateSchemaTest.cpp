#include <gtest/gtest.h>

#include "spate/runtime/StateSchema.h"

namespace spate {
namespace {

DataType oneField(const std::string& name, DataType type, bool nullable) {
  return DataType::structOf({{name, std::move(type), nullable}});
}

const StateSchema kCounts{oneField("word", DataType::stringType(), true),
                          oneField("count", DataType::longType(), false)};

TEST(StateSchema, bytesAreSparksVersionTwo) {
  const std::string key =
      R"({"type":"struct","fields":[{"name":"word","type":"string","nullable":true,"metadata":{}}]})";
  const std::string bytes = kCounts.toBytes();
  EXPECT_EQ(std::string("\0\2v2\0\0\0\1\0", 9), bytes.substr(0, 9));
  EXPECT_EQ(static_cast<char>(key.size()), bytes[9]);
  EXPECT_EQ(key, bytes.substr(10, key.size()));
  const StateSchema read = StateSchema::fromBytes(bytes).value();
  EXPECT_EQ(kCounts.key, read.key);
  EXPECT_EQ(kCounts.value, read.value);
}

TEST(StateSchema, aLongSchemaIsReadFromItsChunks) {
  std::vector<StructField> fields;
  for (int i = 0; i < 3000; ++i)
    fields.push_back({"a_column_with_a_name_" + std::to_string(i), DataType::longType(), true});
  const StateSchema wide{kCounts.key, DataType::structOf(fields)};
  EXPECT_EQ(wide.value, StateSchema::fromBytes(wide.toBytes()).value().value);
}

TEST(StateSchema, versionOneIsRead) {
  const std::string type = R"({"type":"struct","fields":[]})";
  std::string bytes("\0\2v1", 4);
  for (int i = 0; i < 2; ++i) bytes += std::string(1, '\0') + static_cast<char>(type.size()) + type;
  EXPECT_EQ(DataType::structOf({}), StateSchema::fromBytes(bytes).value().value);
}

TEST(StateSchema, everyTornFileIsCorrupt) {
  const std::string bytes = kCounts.toBytes();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(StateSchema::fromBytes(bytes.substr(0, size))) << size;
}

TEST(StateSchema, namesMayDifferAndTypesMayNot) {
  StateSchema other = kCounts;
  other.value = oneField("n", DataType::longType(), false);
  EXPECT_TRUE(other.checkFits(kCounts).ok());
  other.value = oneField("count", DataType::longType(), true);
  EXPECT_EQ("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE", other.checkFits(kCounts).errorClass());
  EXPECT_TRUE(kCounts.checkFits(other).ok());
  other = kCounts;
  other.key = oneField("word", DataType::integerType(), true);
  const Status refused = other.checkFits(kCounts);
  EXPECT_EQ("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", refused.errorClass());
  EXPECT_EQ("StructType(StructField(word,StringType,true))",
            refused.parameters().at("storedKeySchema"));
  EXPECT_EQ("StructType(StructField(word,IntegerType,true))",
            refused.parameters().at("newKeySchema"));
  other = kCounts;
  other.value = DataType::structOf({});
  EXPECT_FALSE(other.checkFits(kCounts).ok());
}

}  // namespace
}  // namespace spate
