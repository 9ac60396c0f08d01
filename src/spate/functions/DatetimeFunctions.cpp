#include <arrow/type.h>

#include <utility>
#include <vector>

#include "spate/functions/DatetimeFamilies.h"
#include "spate/functions/Families.h"

namespace spate {

Result<LocalClock> LocalClock::make(const arrow::DataType& type, const SessionSettings& settings) {
  LocalClock clock;
  if (type.id() == arrow::Type::TIMESTAMP &&
      static_cast<const arrow::TimestampType&>(type).timezone().empty())
    return clock;
  SPATE_ASSIGN_OR_FAIL(clock.zone_, TimeZone::make(settings.timeZone));
  if (clock.zone_->isFixed() && clock.zone_->offsetAt(0) == 0) clock.zone_ = nullptr;
  return clock;
}

std::span<const ScalarFunction> datetimeFunctions() {
  static const std::vector<ScalarFunction> functions = [] {
    std::vector<ScalarFunction> all;
    for (const auto part : {datetimeFieldFunctions(), datetimeArithmeticFunctions(),
                            datetimeTextFunctions(), datetimeMakeFunctions()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return functions;
}

}  // namespace spate
