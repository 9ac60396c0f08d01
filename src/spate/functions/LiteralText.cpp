#include "spate/functions/LiteralText.h"

#include "spate/types/CastText.h"
#include "spate/types/TimeZone.h"
#include "spate/types/ToString.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

std::string joined(const Row& values, const DataType& type) {
  std::string text;
  for (const Datum& value : values) {
    if (!text.empty()) text += ", ";
    text += literalText(value, type);
  }
  return text;
}

std::string hexText(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "X'";
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text + "'";
}

}  // namespace

std::string literalText(const Datum& value, const DataType& type) {
  if (value.isNull()) return "NULL";
  std::string text;
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  if (const auto* number = value.as<float>()) {
    appendJavaNumber(*number, text);
    return text;
  }
  if (const auto* number = value.as<double>()) {
    appendJavaNumber(*number, text);
    return text;
  }
  if (const auto* decimal = value.as<Decimal>()) {
    appendDecimal(decimal->unscaled, type.scale(), text);
    return text;
  }
  if (const auto* bytes = value.as<std::string>()) {
    return type.is(TypeKind::kBinary) ? hexText(*bytes) : *bytes;
  }
  if (const auto* interval = value.as<CalendarInterval>()) {
    appendCalendarInterval(*interval, text);
    return "INTERVAL '" + text + "'";
  }
  if (const auto* map = value.as<MapValue>()) {
    for (size_t i = 0; i < map->keys.size(); ++i) {
      if (i > 0) text += ", ";
      text += literalText(map->keys[i], type.keyType()) + ", " +
              literalText(map->values[i], type.valueType());
    }
    return "map(" + text + ")";
  }
  if (type.is(TypeKind::kVariant)) {
    const Row& parts = *value.as<Row>();
    const VariantView view(*parts[0].as<std::string>(), *parts[1].as<std::string>());
    text = "PARSE_JSON('";
    // Bytes that are no variant have no text.
    (void)view.appendJson(*TimeZone::utc(), text);
    return text + "')";
  }
  if (const auto* row = value.as<Row>()) {
    if (type.is(TypeKind::kArray)) return "array(" + joined(*row, type.elementType()) + ")";
    for (size_t i = 0; i < row->size(); ++i) {
      if (i > 0) text += ", ";
      text += literalText((*row)[i], type.fields()[i].type) + " AS " + type.fields()[i].name;
    }
    return "named_struct(" + text + ")";
  }
  if (const auto* number = value.as<int8_t>()) return std::to_string(*number);
  if (const auto* number = value.as<int16_t>()) return std::to_string(*number);
  if (const auto* number = value.as<int32_t>()) {
    if (type.is(TypeKind::kDate)) {
      appendDate(*number, text);
      return "DATE '" + text + "'";
    }
    if (type.is(TypeKind::kYearMonthInterval)) {
      appendYearMonthInterval(*number, type, text);
      return text;
    }
    return std::to_string(*number);
  }
  const int64_t number = *value.as<int64_t>();
  if (type.is(TypeKind::kDayTimeInterval)) {
    appendDayTimeInterval(number, type, text);
    return text;
  }
  if (type.is(TypeKind::kTimestamp) || type.is(TypeKind::kTimestampNtz)) {
    appendTimestamp(number, text);
    return (type.is(TypeKind::kTimestamp) ? "TIMESTAMP '" : "TIMESTAMP_NTZ '") + text + "'";
  }
  return std::to_string(number);
}

}  // namespace spate
