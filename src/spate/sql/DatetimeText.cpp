#include "spate/sql/DatetimeText.h"

#include <chrono>

namespace spate::sql {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\r\f\v";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// A number of `least` to `most` digits, no more.
std::optional<int> digits(std::string_view& rest, size_t least, size_t most) {
  int value = 0;
  size_t count = 0;
  while (count < rest.size() && isDigit(rest[count])) {
    if (count == most) return std::nullopt;
    value = value * 10 + (rest[count++] - '0');
  }
  if (count < least) return std::nullopt;
  rest.remove_prefix(count);
  return value;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest[0] != c) return false;
  rest.remove_prefix(1);
  return true;
}

/// [+-]yyyy[yyy][-[m]m[-[d]d]]; sets `whole` when the day is there.
std::optional<int64_t> daysOf(std::string_view& rest, size_t mostYearDigits, bool& whole) {
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  const auto year = digits(rest, 4, mostYearDigits);
  if (!year) return std::nullopt;
  std::optional<int> month = 1;
  std::optional<int> day = 1;
  whole = false;
  if (take(rest, '-')) {
    month = digits(rest, 1, 2);
    if (month && take(rest, '-')) {
      day = digits(rest, 1, 2);
      whole = true;
    }
  }
  if (!month || !day || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  // Years beyond std::chrono::year's range are counted in cycles of 400, which repeat exactly.
  const int64_t signedYear = negative ? -int64_t{*year} : int64_t{*year};
  const int64_t cycle = signedYear >= 0 ? signedYear / 400 : -((-signedYear + 399) / 400);
  const auto inCycle = static_cast<int>(signedYear - cycle * 400);
  const std::chrono::year_month_day date{std::chrono::year(2000 + inCycle),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  constexpr int64_t kDaysPerCycle = 146'097;
  return std::chrono::sys_days(date).time_since_epoch().count() + (cycle - 5) * kDaysPerCycle;
}

/// [h]h:[m]m[:[s]s[.fraction]], in microseconds.
std::optional<int64_t> timeOf(std::string_view& rest) {
  const auto hour = digits(rest, 1, 2);
  std::optional<int> minute = 0;
  std::optional<int> second = 0;
  int64_t fraction = 0;
  if (take(rest, ':')) {
    minute = digits(rest, 1, 2);
    if (take(rest, ':')) {
      second = digits(rest, 1, 2);
      if (take(rest, '.')) {
        int64_t scale = 100'000;
        for (; !rest.empty() && isDigit(rest[0]); rest.remove_prefix(1), scale /= 10) {
          fraction += (rest[0] - '0') * scale;
        }
      }
    }
  }
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return (int64_t{*hour} * 3600 + *minute * 60 + *second) * kMicrosPerSecond + fraction;
}

/// "Z", "+01:00", "UTC+1", "Europe/Berlin"; the offset in seconds where there is one.
std::optional<TimestampText::Zone> zoneOf(std::string_view text, int64_t& offset) {
  using Zone = TimestampText::Zone;
  offset = 0;
  if (text.empty()) return Zone::kNone;
  if (text == "Z" || text == "UTC" || text == "GMT" || text == "UT") return Zone::kOffset;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (text.substr(0, prefix.size()) == prefix && text.size() > prefix.size() &&
        (text[prefix.size()] == '+' || text[prefix.size()] == '-')) {
      text.remove_prefix(prefix.size());
      break;
    }
  }
  if (text[0] == '+' || text[0] == '-') {
    const bool negative = text[0] == '-';
    text.remove_prefix(1);
    const auto hours = digits(text, 1, 2);
    std::optional<int> minutes = 0;
    std::optional<int> seconds = 0;
    if (take(text, ':')) minutes = digits(text, 1, 2);
    if (take(text, ':')) seconds = digits(text, 1, 2);
    if (!hours || !minutes || !seconds || !text.empty() || *hours > 18 || *minutes > 59 ||
        *seconds > 59) {
      return std::nullopt;
    }
    offset = int64_t{*hours} * 3600 + *minutes * 60 + *seconds;
    if (offset > 18 * 3600) return std::nullopt;
    if (negative) offset = -offset;
    return Zone::kOffset;
  }
  for (const char c : text) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) ||
                         c == '/' || c == '_' || c == '-' || c == '+';
    if (!allowed) return std::nullopt;
  }
  return Zone::kNamed;
}

}  // namespace

std::optional<int32_t> parseDateText(std::string_view text) {
  std::string_view rest = trimmed(text);
  bool whole = false;
  const auto days = daysOf(rest, 7, whole);
  if (!days || *days < INT32_MIN || *days > INT32_MAX) return std::nullopt;
  if (!rest.empty() && !(whole && (rest[0] == ' ' || rest[0] == 'T'))) return std::nullopt;
  return static_cast<int32_t>(*days);
}

std::optional<TimestampText> parseTimestampText(std::string_view text) {
  std::string_view rest = trimmed(text);
  bool whole = false;
  const auto days = daysOf(rest, 6, whole);
  if (!days) return std::nullopt;
  TimestampText result;
  std::optional<int64_t> time = 0;
  int64_t offset = 0;
  if (!rest.empty()) {
    if (!whole || (rest[0] != ' ' && rest[0] != 'T')) return std::nullopt;
    rest.remove_prefix(1);
    time = timeOf(rest);
    const auto zone = zoneOf(trimmed(rest), offset);
    if (!time || !zone) return std::nullopt;
    result.zone = *zone;
  }
  int64_t micros = 0;
  if (__builtin_mul_overflow(*days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, *time, &micros) ||
      __builtin_sub_overflow(micros, offset * kMicrosPerSecond, &micros)) {
    return std::nullopt;
  }
  result.micros = micros;
  return result;
}

}  // namespace spate::sql
