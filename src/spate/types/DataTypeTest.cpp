#include <arrow/type.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "spate/types/ArrowTypes.h"
#include "spate/types/DataType.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/UserDefinedType.h"

namespace spate {
namespace {

DataType windowKey() {
  return DataType::structOf({{"window",
                              DataType::structOf({{"start", DataType::timestampType()},
                                                  {"end", DataType::timestampType()}}),
                              false},
                             {"key", DataType::stringType()}});
}

std::string errorClassOf(const Result<DataType>& result) {
  return result ? "no error: " + result->sql() : result.error().errorClass();
}

TEST(DataType, textsAreSparks) {
  const DataType decimal = DataType::decimalType(10, 2);
  EXPECT_EQ("decimal(10,2)", decimal.typeName());
  EXPECT_EQ("DECIMAL(10,2)", decimal.sql());
  EXPECT_EQ("bigint", DataType::longType().simpleString());
  EXPECT_EQ("long", DataType::longType().typeName());
  EXPECT_EQ("void", DataType().simpleString());
  EXPECT_EQ("interval day to second", DataType::dayTimeIntervalType().typeName());
  EXPECT_EQ("INTERVAL MONTH",
            DataType::yearMonthIntervalType(IntervalUnit::kMonth, IntervalUnit::kMonth).sql());
  EXPECT_EQ("map<string,array<int>>",
            DataType::mapOf(DataType::stringType(), DataType::arrayOf(DataType::integerType()))
                .simpleString());
  EXPECT_EQ("struct<window:struct<start:timestamp,end:timestamp>,key:string>",
            windowKey().simpleString());
  EXPECT_EQ("STRUCT<window: STRUCT<start: TIMESTAMP, end: TIMESTAMP> NOT NULL, key: STRING>",
            windowKey().sql());
  EXPECT_EQ("struct<window:struct<start:timestamp,... 1 more fields>,... 1 more fields>",
            windowKey().simpleString(1));
}

TEST(DataType, treeStringIsWhatPrintSchemaShows) {
  const DataType type =
      *schemaFromDdl("a int not null, m map<string, array<int>>, s struct<x: date>");
  EXPECT_EQ(
      "root\n"
      " |-- a: integer (nullable = false)\n"
      " |-- m: map (nullable = true)\n"
      " |    |-- key: string\n"
      " |    |-- value: array (valueContainsNull = true)\n"
      " |    |    |-- element: integer (containsNull = true)\n"
      " |-- s: struct (nullable = true)\n"
      " |    |-- x: date (nullable = true)\n",
      type.treeString());
}

TEST(DataType, decimalsAreChecked) {
  EXPECT_TRUE(DataType::makeDecimal(38, 38).has_value());
  EXPECT_EQ("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", errorClassOf(DataType::makeDecimal(39, 0)));
  EXPECT_EQ("DECIMAL_SCALE_EXCEEDS_PRECISION", errorClassOf(DataType::makeDecimal(5, 6)));
  EXPECT_EQ("NEGATIVE_SCALE_DISALLOWED", errorClassOf(DataType::makeDecimal(5, -1)));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(DataType::makeDecimal(0, 0)));
}

// The text that Spark 4.3 put into a state store's schema file.
TEST(DataTypeJson, isSparksCharacterForCharacter) {
  const char* json =
      R"({"type":"struct","fields":[{"name":"window","type":{"type":"struct","fields":[)"
      R"({"name":"start","type":"timestamp","nullable":true,"metadata":{}},)"
      R"({"name":"end","type":"timestamp","nullable":true,"metadata":{}}]},)"
      R"("nullable":false,"metadata":{}},)"
      R"({"name":"key","type":"string","nullable":true,"metadata":{}}]})";
  EXPECT_EQ(json, toJson(windowKey()));
  EXPECT_EQ(windowKey(), *dataTypeFromJson(json));
  EXPECT_EQ("\"integer\"", toJson(DataType::integerType()));
  EXPECT_EQ(R"({"type":"array","elementType":"double","containsNull":false})",
            toJson(DataType::arrayOf(DataType::doubleType(), false)));
  EXPECT_EQ(R"({"type":"map","keyType":"string","valueType":"long","valueContainsNull":true})",
            toJson(DataType::mapOf(DataType::stringType(), DataType::longType())));
}

TEST(DataTypeJson, keepsMetadata) {
  const char* json =
      R"({"type":"struct","fields":[{"name":"a\"\n","type":"integer","nullable":false,)"
      R"("metadata":{"spark.watermarkDelayMs":10000,"comment":"x","b":[1.5,true]}}]})";
  const Result<DataType> type = dataTypeFromJson(json);
  ASSERT_TRUE(type.has_value());
  EXPECT_EQ(json, toJson(*type));
  EXPECT_EQ("x", type->fields()[0].comment());
  EXPECT_EQ("y", type->fields()[0].withComment("y").comment());
}

TEST(DataTypeJson, refusesWhatIsNoType) {
  for (const char* bad :
       {"", "{", "7", "null", "\"int32\"", "{}", R"({"type":"struct"})", R"({"type":"array"})",
        R"({"type":"struct","fields":[{"name":1,"type":"long"}]})",
        R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":"x"}]})",
        R"({"type":"map","keyType":"string"})", R"("struct<a:int>")", R"("bigint")", "\"\xff\""}) {
    EXPECT_EQ("INVALID_JSON_DATA_TYPE", errorClassOf(dataTypeFromJson(bad))) << bad;
  }
  EXPECT_EQ("UNSUPPORTED_DATATYPE",
            errorClassOf(dataTypeFromJson(R"({"type":"udt","class":"x","sqlType":"string"})")));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromJson("\"string collate UNICODE\"")));
  EXPECT_EQ("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            errorClassOf(dataTypeFromJson("\"decimal(39,0)\"")));
}

TEST(DataTypeJson, theClassOfAUserDefinedTypeStaysWithItsColumn) {
  const std::string json =
      R"({"type":"struct","fields":[{"name":"p","type":{"type":"udt","class":"a.B","pyClass":"m.C",)"
      R"("sqlType":{"type":"array","elementType":"double","containsNull":false}},)"
      R"("nullable":true,"metadata":{"k":1}}]})";
  const auto type = dataTypeFromJson(json);
  ASSERT_TRUE(type);
  const StructField& field = type->fields()[0];
  EXPECT_EQ(DataType::arrayOf(DataType::doubleType(), false), field.type);
  const auto userClass = userClassOf(field);
  ASSERT_TRUE(userClass);
  EXPECT_EQ("a.B", userClass->jvmClass);
  EXPECT_EQ("m.C", userClass->pythonClass);
  EXPECT_EQ("{\"k\":1}", metadataWithoutUserClass(field));
  EXPECT_EQ(json, toJson(*type));
}

TEST(DataTypeJson, depthIsLimited) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += R"({"type":"array","containsNull":true,"elementType":)";
    text += "\"long\"";
    return text + std::string(static_cast<size_t>(depth), '}');
  };
  EXPECT_TRUE(dataTypeFromJson(nested(DataType::kMaxDepth - 1)).has_value());
  EXPECT_FALSE(dataTypeFromJson(nested(DataType::kMaxDepth + 1)).has_value());
  EXPECT_FALSE(dataTypeFromJson(nested(1000000)).has_value());
  EXPECT_FALSE(dataTypeFromJson(std::string(1000000, '[')).has_value());
}

TEST(DataTypeDdl, readsTypesAndSchemas) {
  const auto same = [](const char* ddl, const char* simple) {
    const Result<DataType> type = dataTypeFromDdl(ddl);
    ASSERT_TRUE(type.has_value()) << ddl << ": " << type.error().toString();
    EXPECT_EQ(simple, type->simpleString()) << ddl;
  };
  same("BIGINT", "bigint");
  same(" dec ( 7 , 3 ) ", "decimal(7,3)");
  same("numeric", "decimal(10,0)");
  same("character(3)", "char(3)");
  same("timestamp_ltz", "timestamp");
  same("map<string,array<struct<a int,b:map<int,date>>>>",
       "map<string,array<struct<a:int,b:map<int,date>>>>");
  same("interval day to minute", "interval day to minute");
  same("interval year", "interval year");
  same("interval", "interval");
  same("struct<>", "struct<>");
  same("string collate utf8_binary", "string");
  same("a INT, b STRUCT<c: STRING>, d ARRAY<INT> NOT NULL COMMENT 'x'",
       "struct<a:int,b:struct<c:string>,d:array<int>>");
  same("timestamp date", "struct<timestamp:date>");
  same("a: int", "struct<a:int>");
  same("`a ``b` long, \xc3\xa9 float", "struct<a `b:bigint,\xc3\xa9:float>");
  same("i interval day, comment string", "struct<i:interval day,comment:string>");
  EXPECT_EQ(DataType::structOf({}), *schemaFromDdl(" "));
}

TEST(DataTypeDdl, readsNullabilityAndComments) {
  const DataType type =
      *schemaFromDdl(R"(a int NOT NULL COMMENT 'it\'s ''it''', b int comment "é")");
  EXPECT_FALSE(type.fields()[0].nullable);
  EXPECT_EQ("it's 'it'", type.fields()[0].comment());
  EXPECT_TRUE(type.fields()[1].nullable);
  EXPECT_EQ("é", type.fields()[1].comment());
  EXPECT_EQ(R"(a INT NOT NULL COMMENT 'it\'s \'it\'',b INT COMMENT 'é')", toDdl(type));
  const DataType backslash =
      DataType::structOf({StructField{"a", DataType::integerType()}.withComment(R"(x\ny\)")});
  EXPECT_EQ(R"(a INT COMMENT 'x\\ny\\')", toDdl(backslash));
  EXPECT_EQ(backslash, *schemaFromDdl(toDdl(backslash)));
}

TEST(DataTypeDdl, refusesWithSparksClasses) {
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromDdl("foo")));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromDdl("a foo")));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromDdl("array<foo>")));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromDdl("int(3)")));
  EXPECT_EQ("UNSUPPORTED_DATATYPE", errorClassOf(dataTypeFromDdl("string collate UNICODE")));
  EXPECT_EQ("DATATYPE_MISSING_SIZE", errorClassOf(dataTypeFromDdl("varchar")));
  EXPECT_EQ("INCOMPLETE_TYPE_DEFINITION.ARRAY", errorClassOf(dataTypeFromDdl("array")));
  EXPECT_EQ("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            errorClassOf(dataTypeFromDdl("decimal(39)")));
  for (const char* bad : {"", "a int b", "a int,", "array<int", "a int not", "a int comment x", "`",
                          "``", "a 'x", "decimal(99999999999)", "interval day to year",
                          "a int,,b int", "interval month to day", "a b c d", "'a' int"}) {
    EXPECT_EQ("PARSE_SYNTAX_ERROR", errorClassOf(dataTypeFromDdl(bad))) << bad;
  }
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "array<";
  EXPECT_EQ("FAILED_TO_PARSE_TOO_COMPLEX", errorClassOf(dataTypeFromDdl(deep)));
}

/// Types of every kind; names and comments with what needs quoting.
rc::Gen<DataType> anyType(int depth);

rc::Gen<DataType> anyStruct(int depth) {
  const auto name = rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::element<char>('a', 'Z', '_', '7', '`', ' ', '"', '\'', '\\', ':')));
  const auto field = rc::gen::exec([=] {
    StructField f{*name, *anyType(depth), *rc::gen::arbitrary<bool>()};
    if (*rc::gen::inRange(0, 4) == 0) f = f.withComment(*name);
    return f;
  });
  return rc::gen::exec([=] {
    std::vector<StructField> fields;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) fields.push_back(*field);
    return DataType::structOf(fields);
  });
}

rc::Gen<DataType> anyType(int depth) {
  return rc::gen::exec([depth]() -> DataType {
    switch (*rc::gen::inRange(0, depth == 0 ? 7 : 10)) {
      case 0: {
        const int precision = *rc::gen::inRange(1, 39);
        return DataType::decimalType(precision, *rc::gen::inRange(0, precision + 1));
      }
      case 1: return DataType::varcharType(*rc::gen::inRange(1, 1000));
      case 2: return DataType::dayTimeIntervalType();
      case 3: return DataType::stringType();
      case 4: return DataType::timestampNtzType();
      case 5: return DataType::binaryType();
      case 6: return DataType::doubleType();
      case 7: return DataType::arrayOf(*anyType(depth - 1));
      case 8: return DataType::mapOf(*anyType(depth - 1), *anyType(depth - 1));
      default: return *anyStruct(depth - 1);
    }
  });
}

TEST(DataType, jsonAndDdlComeBack) {
  EXPECT_TRUE(rc::check([] {
    const DataType type = *anyStruct(3);
    const Result<DataType> fromJson = dataTypeFromJson(toJson(type));
    RC_ASSERT(fromJson.has_value());
    RC_ASSERT(*fromJson == type);
    const Result<DataType> fromDdl = schemaFromDdl(toDdl(type));
    RC_ASSERT(fromDdl.has_value());
    RC_ASSERT(*fromDdl == type);
    RC_ASSERT(*dataTypeFromDdl(type.sql()) == type);
  }));
}

TEST(DataType, anyTextIsATypeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    std::string text = toDdl(*anyStruct(2));
    const auto at = static_cast<size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size())));
    text[at] = *rc::gen::arbitrary<char>();
    (void)dataTypeFromDdl(text);
    (void)dataTypeFromJson(text);
    std::string json = toJson(*anyStruct(2));
    json[static_cast<size_t>(*rc::gen::inRange<int>(0, static_cast<int>(json.size())))] =
        *rc::gen::arbitrary<char>();
    (void)dataTypeFromJson(json);
  }));
}

TEST(ArrowTypes, comeBack) {
  const DataType type = *schemaFromDdl(
      "a int not null, b boolean, c tinyint, d smallint, e bigint, f float, g double, "
      "h decimal(20,3), i string, j binary, k date, l timestamp, m timestamp_ntz, "
      "n interval day to second, o interval year to month, p interval, q array<struct<x: int>>, "
      "r map<string, double>, s void");
  EXPECT_EQ(type, *fromArrowSchema(**toArrowSchema(type)));
  const DataType remarked =
      DataType::structOf({StructField{"a", DataType::longType()}.withComment("x")});
  EXPECT_EQ(remarked, *fromArrowSchema(**toArrowSchema(remarked)));
}

TEST(ArrowTypes, refusesWhatSparkHasNot) {
  const DataType variants = DataType::arrayOf(DataType::variantType());
  EXPECT_EQ(variants, *fromArrowType(**toArrowType(variants)));
  EXPECT_EQ("UNSUPPORTED_ARROWTYPE", errorClassOf(fromArrowType(*arrow::uint32())));
  EXPECT_EQ("UNSUPPORTED_ARROWTYPE",
            errorClassOf(fromArrowType(*arrow::list(arrow::time64(arrow::TimeUnit::MICRO)))));
  EXPECT_EQ(DataType::stringType(),
            *fromArrowType(*arrow::dictionary(arrow::int32(), arrow::large_utf8())));
}

}  // namespace
}  // namespace spate
