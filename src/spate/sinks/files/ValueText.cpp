#include "spate/sinks/files/ValueText.h"

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>

#include <utility>

#include "spate/types/PrettyString.h"

namespace spate {

ValueText::ValueText(DatetimePattern date, DatetimePattern timestamp, DatetimePattern timestampNtz,
                     std::shared_ptr<const TimeZone> zone)
    : date_(std::move(date)),
      timestamp_(std::move(timestamp)),
      timestampNtz_(std::move(timestampNtz)),
      zone_(std::move(zone)) {}

Result<ValueText> ValueText::make(const FileOutput& output) {
  const OptionMap& options = output.options;
  SPATE_ASSIGN_OR_FAIL(DatetimePattern date,
                       DatetimePattern::make(options.get("dateFormat", "yyyy-MM-dd")));
  SPATE_ASSIGN_OR_FAIL(
      DatetimePattern timestamp,
      DatetimePattern::make(options.get("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]")));
  SPATE_ASSIGN_OR_FAIL(
      DatetimePattern timestampNtz,
      DatetimePattern::make(options.get("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]")));
  std::shared_ptr<const TimeZone> zone = output.settings.zone;
  if (const auto id = options.find("timeZone")) {
    SPATE_ASSIGN_OR_FAIL(zone, TimeZone::make(*id));
  }
  return ValueText(std::move(date), std::move(timestamp), std::move(timestampNtz), std::move(zone));
}

void ValueText::append(const arrow::Array& column, const DataType& type, int64_t row,
                       std::string& out) const {
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  switch (type.kind()) {
    case TypeKind::kDate:
      date_.formatLocal(static_cast<const arrow::Date32Array&>(column).Value(row) * kMicrosPerDay,
                        out);
      break;
    case TypeKind::kTimestamp:
      timestamp_.format(static_cast<const arrow::TimestampArray&>(column).Value(row), *zone_, out);
      break;
    case TypeKind::kTimestampNtz:
      timestampNtz_.formatLocal(static_cast<const arrow::TimestampArray&>(column).Value(row), out);
      break;
    case TypeKind::kBinary:
      out += static_cast<const arrow::BinaryArray&>(column).GetView(row);
      break;
    default: appendPretty(column, type, row, *zone_, out); break;
  }
}

}  // namespace spate
