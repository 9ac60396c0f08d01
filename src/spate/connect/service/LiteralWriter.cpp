#include <spark/connect/expressions.pb.h>

#include <string>

#include "spate/connect/service/ProtoLiterals.h"
#include "spate/connect/service/ProtoTypes.h"
#include "spate/types/CastText.h"

namespace spate::connect {

namespace sc = ::spark::connect;

namespace {

void writeInterval(const CalendarInterval& interval, sc::Expression_Literal* message) {
  auto* written = message->mutable_calendar_interval();
  written->set_months(interval.months);
  written->set_days(interval.days);
  written->set_microseconds(interval.micros);
}

void writeDecimal(const Decimal& decimal, const DataType& type, sc::Expression_Literal* message) {
  std::string text;
  appendDecimal(decimal.unscaled, type.scale(), text);
  message->mutable_decimal()->set_value(std::move(text));
  message->mutable_decimal()->set_precision(type.precision());
  message->mutable_decimal()->set_scale(type.scale());
}

void writeNested(const Datum& value, const DataType& type, sc::Expression_Literal* message) {
  if (const auto* map = value.as<MapValue>()) {
    toProto(type.keyType(), message->mutable_map()->mutable_key_type());
    toProto(type.valueType(), message->mutable_map()->mutable_value_type());
    for (size_t i = 0; i < map->keys.size(); ++i) {
      toProto(map->keys[i], type.keyType(), message->mutable_map()->add_keys());
      toProto(map->values[i], type.valueType(), message->mutable_map()->add_values());
    }
    return;
  }
  const auto* row = value.as<Row>();
  if (row == nullptr) return;
  if (type.is(TypeKind::kArray)) {
    toProto(type.elementType(), message->mutable_array()->mutable_element_type());
    for (const Datum& element : *row)
      toProto(element, type.elementType(), message->mutable_array()->add_elements());
    return;
  }
  toProto(type, message->mutable_struct_()->mutable_struct_type());
  for (size_t i = 0; i < row->size(); ++i)
    toProto((*row)[i], type.fields()[i].type, message->mutable_struct_()->add_elements());
}

}  // namespace

void toProto(const Datum& value, const DataType& type, sc::Expression_Literal* message) {
  if (value.isNull()) {
    toProto(type, message->mutable_null());
    return;
  }
  switch (type.kind()) {
    case TypeKind::kBoolean: message->set_boolean(*value.as<bool>()); return;
    case TypeKind::kByte: message->set_byte(*value.as<int8_t>()); return;
    case TypeKind::kShort: message->set_short_(*value.as<int16_t>()); return;
    case TypeKind::kInteger: message->set_integer(*value.as<int32_t>()); return;
    case TypeKind::kLong: message->set_long_(*value.as<int64_t>()); return;
    case TypeKind::kFloat: message->set_float_(*value.as<float>()); return;
    case TypeKind::kDouble: message->set_double_(*value.as<double>()); return;
    case TypeKind::kDecimal: writeDecimal(*value.as<Decimal>(), type, message); return;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: message->set_string(*value.as<std::string>()); return;
    case TypeKind::kBinary: message->set_binary(*value.as<std::string>()); return;
    case TypeKind::kDate: message->set_date(*value.as<int32_t>()); return;
    case TypeKind::kTimestamp: message->set_timestamp(*value.as<int64_t>()); return;
    case TypeKind::kTimestampNtz: message->set_timestamp_ntz(*value.as<int64_t>()); return;
    case TypeKind::kDayTimeInterval: message->set_day_time_interval(*value.as<int64_t>()); return;
    case TypeKind::kYearMonthInterval:
      message->set_year_month_interval(*value.as<int32_t>());
      return;
    case TypeKind::kCalendarInterval: writeInterval(*value.as<CalendarInterval>(), message); return;
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: writeNested(value, type, message); return;
    case TypeKind::kNull:
    case TypeKind::kVariant: toProto(type, message->mutable_null()); return;
  }
}

}  // namespace spate::connect
