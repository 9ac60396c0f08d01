// Texts to dates, timestamps and intervals as Spark's casts read them.
#include <charconv>

#include "spate/types/CastText.h"

namespace spate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from left to right.
struct Cursor {
  std::string_view rest;

  bool skip(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// A number of `least` to `most` digits.
  std::optional<int64_t> number(size_t least, size_t most) {
    size_t size = 0;
    int64_t value = 0;
    while (size < rest.size() && isDigit(rest[size])) {
      if (size == most) return std::nullopt;
      value = value * 10 + (rest[size++] - '0');
    }
    if (size < least) return std::nullopt;
    rest.remove_prefix(size);
    return value;
  }
  std::string word() {
    std::string text;
    while (!rest.empty()) {
      const char c = rest[0];
      const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (lower < 'a' || lower > 'z') break;
      text += lower;
      rest.remove_prefix(1);
    }
    return text;
  }
  void skipBlanks() {
    while (!rest.empty() && static_cast<unsigned char>(rest[0]) <= 0x20) rest.remove_prefix(1);
  }
  /// ".123456" of at most nine digits as microseconds; 0 when there is none.
  std::optional<int64_t> fraction() {
    if (!skip('.')) return 0;
    int64_t micros = 0;
    size_t digits = 0;
    for (; !rest.empty() && isDigit(rest[0]); ++digits) {
      if (digits < 6) micros = micros * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
    }
    for (size_t i = digits; i < 6; ++i) micros *= 10;
    return micros;
  }
};

/// The date at the cursor: year, year-month or year-month-day.
std::optional<int32_t> readDate(Cursor& cursor, size_t mostYearDigits) {
  bool negative = false;
  if (cursor.skip('-')) {
    negative = true;
  } else {
    cursor.skip('+');
  }
  const auto year = cursor.number(4, mostYearDigits);
  if (!year) return std::nullopt;
  int64_t month = 1;
  int64_t day = 1;
  if (cursor.skip('-')) {
    const auto given = cursor.number(1, 2);
    if (!given) return std::nullopt;
    month = *given;
    if (cursor.skip('-')) {
      const auto dayGiven = cursor.number(1, 2);
      if (!dayGiven) return std::nullopt;
      day = *dayGiven;
    }
  }
  return daysFromCivil(negative ? -*year : *year, month, day);
}

/// The time of day at the cursor: hour, hour:minute or hour:minute:second.fraction.
std::optional<int64_t> readTime(Cursor& cursor) {
  const auto hour = cursor.number(1, 2);
  if (!hour || *hour > 23) return std::nullopt;
  int64_t micros = *hour * kMicrosPerHour;
  if (!cursor.skip(':')) return micros;
  const auto minute = cursor.number(1, 2);
  if (!minute || *minute > 59) return std::nullopt;
  micros += *minute * kMicrosPerMinute;
  if (!cursor.skip(':')) return micros;
  const auto second = cursor.number(1, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto fraction = cursor.fraction();
  return micros + *second * kMicrosPerSecond + *fraction;
}

struct LocalTimestamp {
  std::optional<int32_t> days;
  int64_t timeOfDay = 0;
  std::string_view zone;
};

std::optional<LocalTimestamp> readTimestamp(std::string_view text) {
  Cursor cursor{trimmed(text)};
  if (cursor.rest.empty()) return std::nullopt;
  LocalTimestamp result;
  const size_t colon = cursor.rest.find(':');
  const bool isTimeOnly = cursor.rest[0] == 'T' || colon == 1 || colon == 2;
  if (isTimeOnly) {
    cursor.skip('T');
  } else {
    result.days = readDate(cursor, 6);
    if (!result.days) return std::nullopt;
    if (cursor.rest.empty()) return result;
    if (!cursor.skip('T') && !cursor.skip(' ')) return std::nullopt;
    if (cursor.rest.empty()) return result;
  }
  const auto time = readTime(cursor);
  if (!time) return std::nullopt;
  result.timeOfDay = *time;
  result.zone = trimmed(cursor.rest);
  return result;
}

/// "INTERVAL '...' DAY TO SECOND" to what is quoted; a text without it as it is. Gives the sign.
std::string_view unquoted(std::string_view text, bool& negative) {
  text = trimmed(text);
  negative = false;
  const size_t open = text.find('\'');
  const size_t close = text.rfind('\'');
  if (open != std::string_view::npos && close > open) {
    negative = text.substr(0, open).find('-') != std::string_view::npos;
    text = trimmed(text.substr(open + 1, close - open - 1));
  }
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    if (text[0] == '-') negative = !negative;
    text.remove_prefix(1);
  }
  return text;
}

}  // namespace

std::optional<int32_t> parseDate(std::string_view text) {
  Cursor cursor{trimmed(text)};
  const auto days = readDate(cursor, 7);
  if (!days || cursor.rest.empty()) return days;
  return cursor.rest[0] == 'T' || cursor.rest[0] == ' ' ? days : std::nullopt;
}

std::optional<int64_t> parseTimestamp(std::string_view text, const TimeZone& zone,
                                      int64_t nowMicros) {
  const auto local = readTimestamp(text);
  if (!local) return std::nullopt;
  const TimeZone* clock = &zone;
  std::shared_ptr<const TimeZone> given;
  if (!local->zone.empty()) {
    auto named = TimeZone::make(local->zone);
    if (!named) return std::nullopt;
    given = std::move(*named);
    clock = given.get();
  }
  int64_t days = 0;
  if (local->days) {
    days = *local->days;
  } else {
    const int64_t today = clock->toLocal(nowMicros);
    days = today / kMicrosPerDay - (today % kMicrosPerDay < 0 ? 1 : 0);
  }
  int64_t micros = 0;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, local->timeOfDay, &micros)) {
    return std::nullopt;
  }
  return clock->toUtc(micros);
}

std::optional<int64_t> parseTimestampNtz(std::string_view text) {
  const auto local = readTimestamp(text);
  if (!local || !local->days) return std::nullopt;
  if (!local->zone.empty() && !TimeZone::make(local->zone)) return std::nullopt;
  int64_t micros = 0;
  if (__builtin_mul_overflow(int64_t{*local->days}, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, local->timeOfDay, &micros)) {
    return std::nullopt;
  }
  return micros;
}

std::optional<int64_t> parseDayTimeInterval(std::string_view text, const DataType& type) {
  bool negative = false;
  Cursor cursor{unquoted(text, negative)};
  constexpr int64_t kMicros[] = {kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute, kMicrosPerSecond};
  constexpr int64_t kLimits[] = {INT64_MAX, 24, 60, 60};
  const int first = static_cast<int>(type.startUnit()) - static_cast<int>(IntervalUnit::kDay);
  const int last = static_cast<int>(type.endUnit()) - static_cast<int>(IntervalUnit::kDay);
  Int128 micros = 0;
  for (int unit = first; unit <= last; ++unit) {
    if (unit > first && !cursor.skip(unit == 1 ? ' ' : ':')) return std::nullopt;
    const auto value = cursor.number(1, unit == first ? 18 : 2);
    if (!value || (unit > first && *value >= kLimits[unit])) return std::nullopt;
    micros += Int128{*value} * kMicros[unit];
  }
  if (last == 3) micros += *cursor.fraction();
  if (!cursor.rest.empty() || micros > INT64_MAX) return std::nullopt;
  const auto size = static_cast<int64_t>(micros);
  return negative ? -size : size;
}

std::optional<int32_t> parseYearMonthInterval(std::string_view text, const DataType& type) {
  bool negative = false;
  Cursor cursor{unquoted(text, negative)};
  int64_t months = 0;
  if (type.startUnit() == IntervalUnit::kYear) {
    const auto years = cursor.number(1, 9);
    if (!years) return std::nullopt;
    months = *years * 12;
  }
  if (type.endUnit() == IntervalUnit::kMonth) {
    const bool isOnly = type.startUnit() == IntervalUnit::kMonth;
    if (!isOnly && !cursor.skip('-')) return std::nullopt;
    const auto given = cursor.number(1, isOnly ? 10 : 2);
    if (!given || (!isOnly && *given > 11)) return std::nullopt;
    months += *given;
  }
  if (!cursor.rest.empty() || months > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(negative ? -months : months);
}

std::optional<CalendarInterval> parseCalendarInterval(std::string_view text) {
  Cursor cursor{trimmed(text)};
  Cursor ahead = cursor;
  if (ahead.word() == "interval") cursor = ahead;
  Int128 months = 0;
  Int128 days = 0;
  Int128 micros = 0;
  bool seen = false;
  for (cursor.skipBlanks(); !cursor.rest.empty(); cursor.skipBlanks()) {
    const bool negative = cursor.skip('-');
    if (!negative) cursor.skip('+');
    cursor.skipBlanks();
    const bool hasFraction =
        cursor.rest.substr(0, cursor.rest.find_first_not_of("0123456789")).size() <
            cursor.rest.size() &&
        cursor.rest[cursor.rest.find_first_not_of("0123456789")] == '.';
    const auto whole = cursor.number(cursor.rest.starts_with('.') ? 0 : 1, 18);
    const auto fraction = cursor.fraction();
    if (!whole) return std::nullopt;
    cursor.skipBlanks();
    std::string unit = cursor.word();
    if (unit.size() > 1 && unit.back() == 's') unit.pop_back();
    const Int128 value = negative ? -Int128{*whole} : Int128{*whole};
    if (hasFraction && unit != "second") return std::nullopt;
    if (unit == "year") {
      months += value * 12;
    } else if (unit == "month") {
      months += value;
    } else if (unit == "week") {
      days += value * 7;
    } else if (unit == "day") {
      days += value;
    } else if (unit == "hour") {
      micros += value * kMicrosPerHour;
    } else if (unit == "minute") {
      micros += value * kMicrosPerMinute;
    } else if (unit == "second") {
      micros += value * kMicrosPerSecond + (negative ? -*fraction : *fraction);
    } else if (unit == "millisecond") {
      micros += value * 1000;
    } else if (unit == "microsecond") {
      micros += value;
    } else {
      return std::nullopt;
    }
    seen = true;
  }
  const auto fits = [](Int128 value, int64_t limit) { return value <= limit && value >= -limit; };
  if (!seen || !fits(months, INT32_MAX) || !fits(days, INT32_MAX) || !fits(micros, INT64_MAX)) {
    return std::nullopt;
  }
  return CalendarInterval{static_cast<int32_t>(months), static_cast<int32_t>(days),
                          static_cast<int64_t>(micros)};
}

}  // namespace spate
