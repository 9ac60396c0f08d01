#include "spate/connect/service/ProtoTypes.h"

#include <spark/connect/types.pb.h>

#include <string>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/UserDefinedType.h"

namespace spate::connect {
namespace {

namespace sc = ::spark::connect;

Status unsupportedType(const std::string& name) {
  return Status::unsupported("Unsupported data type \"" + name + "\".")
      .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", "\"" + name + "\""}});
}

Result<IntervalUnit> unitOf(int32_t field, bool isYearMonth) {
  if (isYearMonth && (field == 0 || field == 1)) {
    return field == 0 ? IntervalUnit::kYear : IntervalUnit::kMonth;
  }
  if (!isYearMonth && field >= 0 && field <= 3) {
    static constexpr IntervalUnit kUnits[] = {IntervalUnit::kDay, IntervalUnit::kHour,
                                              IntervalUnit::kMinute, IntervalUnit::kSecond};
    return kUnits[field];
  }
  return failure(invalidPlan("There is no field " + std::to_string(field) + " of an interval"));
}

Result<DataType> intervalFrom(const sc::DataType_YearMonthInterval& type) {
  SPATE_ASSIGN_OR_FAIL(const IntervalUnit start,
                       unitOf(type.has_start_field() ? type.start_field() : 0, true));
  const int32_t last = type.has_start_field() ? type.start_field() : 1;
  SPATE_ASSIGN_OR_FAIL(const IntervalUnit end,
                       unitOf(type.has_end_field() ? type.end_field() : last, true));
  if (end < start) return failure(invalidPlan("An interval ends before its start"));
  return DataType::yearMonthIntervalType(start, end);
}

Result<DataType> intervalFrom(const sc::DataType_DayTimeInterval& type) {
  SPATE_ASSIGN_OR_FAIL(const IntervalUnit start,
                       unitOf(type.has_start_field() ? type.start_field() : 0, false));
  const int32_t last = type.has_start_field() ? type.start_field() : 3;
  SPATE_ASSIGN_OR_FAIL(const IntervalUnit end,
                       unitOf(type.has_end_field() ? type.end_field() : last, false));
  if (end < start) return failure(invalidPlan("An interval ends before its start"));
  return DataType::dayTimeIntervalType(start, end);
}

Result<DataType> structFrom(const sc::DataType_Struct& type) {
  std::vector<StructField> fields;
  for (const sc::DataType_StructField& field : type.fields()) {
    const bool isUserDefined =
        field.data_type().has_udt() && field.data_type().udt().has_sql_type();
    SPATE_ASSIGN_OR_FAIL(
        DataType fieldType,
        fromProto(isUserDefined ? field.data_type().udt().sql_type() : field.data_type()));
    StructField converted{field.name(), std::move(fieldType), field.nullable(), "{}"};
    if (field.has_metadata() && !field.metadata().empty()) {
      auto metadata = normalizedMetadata(field.metadata());
      if (!metadata) {
        return failure(invalidPlan("The metadata of " + field.name() + " is no JSON object"));
      }
      converted.metadata = *std::move(metadata);
    }
    if (isUserDefined) {
      const sc::DataType_UDT& udt = field.data_type().udt();
      converted = withUserClass(std::move(converted), {udt.jvm_class(), udt.python_class(),
                                                       udt.serialized_python_class()});
    }
    fields.push_back(std::move(converted));
  }
  return DataType::structOf(std::move(fields));
}

Result<DataType> lengthType(int32_t length, bool isChar) {
  if (length < 1) {
    return failure(invalidPlan("A CHAR or VARCHAR has a length of " + std::to_string(length)));
  }
  return isChar ? DataType::charType(length) : DataType::varcharType(length);
}

}  // namespace

Result<DataType> fromProto(const sc::DataType& type) {
  switch (type.kind_case()) {
    case sc::DataType::kNull: return DataType::nullType();
    case sc::DataType::kBinary: return DataType::binaryType();
    case sc::DataType::kBoolean: return DataType::booleanType();
    case sc::DataType::kByte: return DataType::byteType();
    case sc::DataType::kShort: return DataType::shortType();
    case sc::DataType::kInteger: return DataType::integerType();
    case sc::DataType::kLong: return DataType::longType();
    case sc::DataType::kFloat: return DataType::floatType();
    case sc::DataType::kDouble: return DataType::doubleType();
    case sc::DataType::kDecimal: {
      const sc::DataType_Decimal& decimal = type.decimal();
      return DataType::makeDecimal(decimal.has_precision() ? decimal.precision() : 10,
                                   decimal.has_scale() ? decimal.scale() : 0);
    }
    case sc::DataType::kString: {
      const std::string& collation = type.string().collation();
      if (!collation.empty() && collation != "UTF8_BINARY") {
        return failure(unsupportedType("STRING COLLATE " + collation));
      }
      return DataType::stringType();
    }
    case sc::DataType::kChar: return lengthType(type.char_().length(), true);
    case sc::DataType::kVarChar: return lengthType(type.var_char().length(), false);
    case sc::DataType::kDate: return DataType::dateType();
    case sc::DataType::kTimestamp: return DataType::timestampType();
    case sc::DataType::kTimestampNtz: return DataType::timestampNtzType();
    case sc::DataType::kCalendarInterval: return DataType::calendarIntervalType();
    case sc::DataType::kYearMonthInterval: return intervalFrom(type.year_month_interval());
    case sc::DataType::kDayTimeInterval: return intervalFrom(type.day_time_interval());
    case sc::DataType::kArray: {
      SPATE_ASSIGN_OR_FAIL(DataType element, fromProto(type.array().element_type()));
      return DataType::arrayOf(std::move(element), type.array().contains_null());
    }
    case sc::DataType::kStruct: return structFrom(type.struct_());
    case sc::DataType::kMap: {
      SPATE_ASSIGN_OR_FAIL(DataType key, fromProto(type.map().key_type()));
      SPATE_ASSIGN_OR_FAIL(DataType value, fromProto(type.map().value_type()));
      return DataType::mapOf(std::move(key), std::move(value), type.map().value_contains_null());
    }
    case sc::DataType::kVariant: return DataType::variantType();
    case sc::DataType::kUnparsed: return parseTypeText(type.unparsed().data_type_string());
    case sc::DataType::kUdt: return failure(unsupportedType("UDT"));
    case sc::DataType::kGeometry: return failure(unsupportedType("GEOMETRY"));
    case sc::DataType::kGeography: return failure(unsupportedType("GEOGRAPHY"));
    case sc::DataType::kTime: return failure(unsupportedType("TIME"));
    case sc::DataType::KIND_NOT_SET: break;
  }
  return failure(invalidPlan("A data type is not set, or of a later version of Spark"));
}

void toProto(const DataType& type, sc::DataType* message) {
  switch (type.kind()) {
    case TypeKind::kNull: message->mutable_null(); return;
    case TypeKind::kBoolean: message->mutable_boolean(); return;
    case TypeKind::kByte: message->mutable_byte(); return;
    case TypeKind::kShort: message->mutable_short_(); return;
    case TypeKind::kInteger: message->mutable_integer(); return;
    case TypeKind::kLong: message->mutable_long_(); return;
    case TypeKind::kFloat: message->mutable_float_(); return;
    case TypeKind::kDouble: message->mutable_double_(); return;
    case TypeKind::kDecimal:
      message->mutable_decimal()->set_precision(type.precision());
      message->mutable_decimal()->set_scale(type.scale());
      return;
    case TypeKind::kString: message->mutable_string()->set_collation("UTF8_BINARY"); return;
    case TypeKind::kChar: message->mutable_char_()->set_length(type.length()); return;
    case TypeKind::kVarchar: message->mutable_var_char()->set_length(type.length()); return;
    case TypeKind::kBinary: message->mutable_binary(); return;
    case TypeKind::kDate: message->mutable_date(); return;
    case TypeKind::kTimestamp: message->mutable_timestamp(); return;
    case TypeKind::kTimestampNtz: message->mutable_timestamp_ntz(); return;
    case TypeKind::kDayTimeInterval: {
      const auto base = static_cast<int32_t>(IntervalUnit::kDay);
      auto* interval = message->mutable_day_time_interval();
      interval->set_start_field(static_cast<int32_t>(type.startUnit()) - base);
      interval->set_end_field(static_cast<int32_t>(type.endUnit()) - base);
      return;
    }
    case TypeKind::kYearMonthInterval: {
      auto* interval = message->mutable_year_month_interval();
      interval->set_start_field(static_cast<int32_t>(type.startUnit()));
      interval->set_end_field(static_cast<int32_t>(type.endUnit()));
      return;
    }
    case TypeKind::kCalendarInterval: message->mutable_calendar_interval(); return;
    case TypeKind::kArray:
      toProto(type.elementType(), message->mutable_array()->mutable_element_type());
      message->mutable_array()->set_contains_null(type.containsNull());
      return;
    case TypeKind::kMap:
      toProto(type.keyType(), message->mutable_map()->mutable_key_type());
      toProto(type.valueType(), message->mutable_map()->mutable_value_type());
      message->mutable_map()->set_value_contains_null(type.valueContainsNull());
      return;
    case TypeKind::kStruct:
      message->mutable_struct_();
      for (const StructField& field : type.fields()) {
        auto* converted = message->mutable_struct_()->add_fields();
        converted->set_name(field.name);
        const auto userClass = userClassOf(field);
        auto* data = converted->mutable_data_type();
        if (userClass) {
          auto* udt = data->mutable_udt();
          udt->set_type("udt");
          if (!userClass->jvmClass.empty()) udt->set_jvm_class(userClass->jvmClass);
          if (!userClass->pythonClass.empty()) udt->set_python_class(userClass->pythonClass);
          if (!userClass->serializedPythonClass.empty())
            udt->set_serialized_python_class(userClass->serializedPythonClass);
          data = udt->mutable_sql_type();
        }
        toProto(field.type, data);
        converted->set_nullable(field.nullable);
        const std::string metadata = userClass ? metadataWithoutUserClass(field) : field.metadata;
        if (metadata != "{}") converted->set_metadata(metadata);
      }
      return;
    case TypeKind::kVariant: message->mutable_variant(); return;
  }
}

Result<DataType> parseTypeText(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return DataType::structOf({});
  return dataTypeFromDdl(text);
}

Result<DataType> parseSchemaText(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  const bool isJson = begin != std::string::npos && (text[begin] == '{' || text[begin] == '"');
  SPATE_ASSIGN_OR_FAIL(DataType type, isJson ? dataTypeFromJson(text) : dataTypeFromDdl(text));
  if (!type.is(TypeKind::kStruct)) {
    // A type alone is a table with one column, as in Spark.
    return DataType::structOf({{"value", std::move(type), true, "{}"}});
  }
  return type;
}

}  // namespace spate::connect
