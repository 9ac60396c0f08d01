#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "spate/types/TimeZone.h"

namespace spate {

/// A text as a date, by the rules of CAST: "2020-1-5", "+12345-01-01", "2020", with anything behind
/// a 'T' or a blank. Empty: it is none.
std::optional<int32_t> parseDateText(std::string_view text);

/// A text as a moment, by the rules of CAST. What came with a zone is in UTC; the rest is local
/// time and `hasZone` is false.
struct ParsedMoment {
  int64_t micros = 0;
  bool hasZone = false;
};
std::optional<ParsedMoment> parseMomentText(std::string_view text);
/// The same as a TIMESTAMP; local times are of `zone`.
std::optional<int64_t> parseTimestampText(std::string_view text, const TimeZone& zone);

}  // namespace spate
