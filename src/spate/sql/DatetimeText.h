#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spate::sql {

/// The days of a DATE literal's text: "2024-3-1", "2024", "2024-03-01T..." (what stands behind the
/// day does not count), as Spark's stringToDate. Empty: no date.
std::optional<int32_t> parseDateText(std::string_view text);

struct TimestampText {
  /// Since the epoch, in UTC; of a zone that is kNone or kNamed, as if it were UTC.
  int64_t micros = 0;
  enum class Zone { kNone, kOffset, kNamed };
  Zone zone = Zone::kNone;
};

/// The text of a TIMESTAMP literal: "2024-03-01", "2024-03-01 10:20:30.5", "...T10:20+01:00", as
/// Spark's stringToTimestamp. Only offsets are applied, since names of zones and the session's own
/// need more than the text. Empty: no timestamp.
std::optional<TimestampText> parseTimestampText(std::string_view text);

}  // namespace spate::sql
