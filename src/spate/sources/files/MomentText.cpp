#include "spate/sources/files/MomentText.h"

#include <cmath>

#include "spate/types/LocalTime.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<int64_t> daysOf(int64_t year, int64_t month, int64_t day) {
  if (month < 1 || month > 12 || day < 1 ||
      day > LocalTime::monthLength(year, static_cast<int>(month)))
    return std::nullopt;
  return LocalTime::daysOf(year, static_cast<int>(month), static_cast<int>(day));
}

std::string_view trimmed(std::string_view text) {
  const auto isBlank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

/// Up to `most` digits from the front; empty when there are fewer than `least`.
std::optional<int64_t> takeNumber(std::string_view& text, size_t least, size_t most) {
  size_t size = 0;
  int64_t value = 0;
  while (size < text.size() && size < most && isDigit(text[size]))
    value = value * 10 + (text[size++] - '0');
  if (size < least) return std::nullopt;
  text.remove_prefix(size);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// "[+-]y{4,7}-M{1,2}-d{1,2}", of which month and day may be missing from the end.
std::optional<int64_t> takeDate(std::string_view& text) {
  const bool isNegative = text.starts_with('-');
  if (isNegative || text.starts_with('+')) text.remove_prefix(1);
  const auto year = takeNumber(text, 4, 7);
  if (!year) return std::nullopt;
  int64_t month = 1;
  int64_t day = 1;
  if (take(text, '-')) {
    const auto number = takeNumber(text, 1, 2);
    if (!number) return std::nullopt;
    month = *number;
    if (take(text, '-')) {
      const auto dayNumber = takeNumber(text, 1, 2);
      if (!dayNumber) return std::nullopt;
      day = *dayNumber;
    }
  }
  if (!text.empty() && isDigit(text.front())) return std::nullopt;
  return daysOf(isNegative ? -*year : *year, month, day);
}

/// "H{1,2}:m{1,2}[:s{1,2}[.S*]]" in micros.
std::optional<int64_t> takeTime(std::string_view& text) {
  const auto hour = takeNumber(text, 1, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = takeNumber(text, 1, 2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t second = 0;
  int64_t fraction = 0;
  if (take(text, ':')) {
    const auto number = takeNumber(text, 1, 2);
    if (!number || *number > 59) return std::nullopt;
    second = *number;
    if (take(text, '.')) {
      int digits = 0;
      for (; !text.empty() && isDigit(text.front()); text.remove_prefix(1), ++digits)
        if (digits < 6) fraction = fraction * 10 + (text.front() - '0');
      for (; digits < 6; ++digits) fraction *= 10;
    }
  }
  return ((*hour * 60 + *minute) * 60 + second) * LocalTime::kMicrosPerSecond + fraction;
}

}  // namespace

std::optional<int32_t> parseDateText(std::string_view text) {
  std::string_view rest = trimmed(text);
  const auto days = takeDate(rest);
  if (!days || (!rest.empty() && rest.front() != ' ' && rest.front() != 'T')) return std::nullopt;
  return static_cast<int32_t>(*days);
}

std::optional<ParsedMoment> parseMomentText(std::string_view text) {
  std::string_view rest = trimmed(text);
  const auto days = takeDate(rest);
  // Beyond this the micros do not fit.
  if (!days || std::abs(*days) > 106'751'990) return std::nullopt;
  ParsedMoment moment{*days * LocalTime::kMicrosPerDay, false};
  if (rest.empty()) return moment;
  if (rest.front() != ' ' && rest.front() != 'T') return std::nullopt;
  rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const auto time = takeTime(rest);
  if (!time) return std::nullopt;
  moment.micros += *time;
  rest = trimmed(rest);
  if (rest.empty()) return moment;
  moment.hasZone = true;
  if (rest == "Z" || rest == "UTC") return moment;
  const auto zone = TimeZone::make(rest);
  if (!zone) return std::nullopt;
  moment.micros = (*zone)->toUtc(moment.micros);
  return moment;
}

std::optional<int64_t> parseTimestampText(std::string_view text, const TimeZone& zone) {
  const auto moment = parseMomentText(text);
  if (!moment) return std::nullopt;
  return moment->hasZone ? moment->micros : zone.toUtc(moment->micros);
}

}  // namespace spate
