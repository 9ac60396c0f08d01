#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <span>

#include "spate/functions/Function.h"
#include "spate/types/TimeZone.h"

/// The parts of the datetime family, one file each; DatetimeFunctions.cpp joins them.
namespace spate {

/// year, hour, extract, dayname ...
std::span<const ScalarFunction> datetimeFieldFunctions();
/// date_add, datediff, trunc, months_between, timestampadd, from_utc_timestamp ...
std::span<const ScalarFunction> datetimeArithmeticFunctions();
/// to_date, to_timestamp, date_format, unix_timestamp ...
std::span<const ScalarFunction> datetimeTextFunctions();
/// current_timestamp, make_date, timestamp_seconds, make_interval ...
std::span<const ScalarFunction> datetimeMakeFunctions();

/// Microseconds of the local clock for the values of a TIMESTAMP column, or of a TIMESTAMP_NTZ
/// one, which are local already.
class LocalClock {
 public:
  /// INVALID_TIMEZONE when the session's zone is none.
  static Result<LocalClock> make(const arrow::DataType& type, const SessionSettings& settings);
  int64_t toLocal(int64_t value) const { return zone_ == nullptr ? value : zone_->toLocal(value); }
  int64_t fromLocal(int64_t local) const { return zone_ == nullptr ? local : zone_->toUtc(local); }

 private:
  /// Null: the values are local.
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace spate
