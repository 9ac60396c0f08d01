#include <algorithm>
#include <utility>

#include "spate/types/DatetimeNames.h"
#include "spate/types/DatetimePattern.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool readNumber(std::string_view text, size_t& at, int least, int most, int64_t& value) {
  int digits = 0;
  value = 0;
  while (digits < most && at < text.size() && isDigit(text[at])) {
    value = value * 10 + (text[at++] - '0');
    ++digits;
  }
  return digits >= least;
}

template <size_t N>
bool readName(std::string_view text, size_t& at, const std::array<std::string_view, N>& names,
              size_t letters, int& number) {
  for (size_t i = 0; i < N; ++i) {
    const std::string_view name = names[i].substr(0, letters);
    if (!startsWithIgnoringCase(text.substr(at), name)) continue;
    at += name.size();
    number = static_cast<int>(i) + 1;
    return true;
  }
  return false;
}

}  // namespace

struct DatetimePattern::Fields {
  std::optional<int64_t> year;
  std::optional<int> month;
  std::optional<int> day;
  std::optional<int> dayOfYear;
  std::optional<int> weekday;
  std::optional<int> hour;
  std::optional<int> hourOfHalf;
  std::optional<int> half;
  int minute = 0;
  int second = 0;
  int micros = 0;
  bool isBeforeChrist = false;
  std::shared_ptr<const TimeZone> zone;
};

bool DatetimePattern::readPiece(const Piece& piece, std::string_view text, size_t& at,
                                Fields& fields) {
  const int count = piece.count;
  int64_t value = 0;
  const auto number = [&](auto& field) {
    // One letter takes any width; more take exactly as many digits.
    int most = count == 1 ? 19 : count;
    if (count == 1 && piece.reserved > 0) {
      size_t run = at;
      while (run < text.size() && isDigit(text[run])) ++run;
      most = std::max(1, static_cast<int>(run - at) - piece.reserved);
    }
    if (!readNumber(text, at, count, std::min(most, 18), value) || value > 100'000) return false;
    field = static_cast<int>(value);
    return true;
  };
  switch (piece.letter) {
    case '\'':
      if (!startsWithIgnoringCase(text.substr(at), piece.literal)) return false;
      at += piece.literal.size();
      return true;
    case 'G':
      if (startsWithIgnoringCase(text.substr(at), "BC")) {
        fields.isBeforeChrist = true;
      } else if (!startsWithIgnoringCase(text.substr(at), "AD")) {
        return false;
      }
      at += 2;
      return true;
    case 'y':
    case 'u': {
      if (count == 2) {
        if (!readNumber(text, at, 2, 2, value)) return false;
        fields.year = 2000 + value;
        return true;
      }
      const bool negative = at < text.size() && text[at] == '-';
      const bool positive = at < text.size() && text[at] == '+' && count >= 4;
      if (negative || positive) ++at;
      size_t run = at;
      while (run < text.size() && isDigit(text[run])) ++run;
      int digits = std::min(static_cast<int>(run - at), 10) - piece.reserved;
      // More digits than letters need a sign in front.
      if (count >= 4 && digits > count && !positive && !negative) digits = count;
      if (digits < count || !readNumber(text, at, count, digits, value)) return false;
      fields.year = negative ? -value : value;
      return true;
    }
    case 'M':
    case 'L': {
      if (count <= 2) return number(fields.month);
      int month = 0;
      if (!readName(text, at, kMonthNames, count == 3 ? 3 : std::string_view::npos, month))
        return false;
      fields.month = month;
      return true;
    }
    case 'Q':
    case 'q': {
      std::optional<int> quarter;
      if (count == 3 && (at >= text.size() || lower(text[at++]) != 'q')) return false;
      if (count > 3) return false;
      if (!readNumber(text, at, count == 2 ? 2 : 1, count == 2 ? 2 : 1, value)) return false;
      if (value < 1 || value > 4) return false;
      if (!fields.month) fields.month = static_cast<int>(value - 1) * 3 + 1;
      return true;
    }
    case 'E': {
      int weekday = 0;
      if (!readName(text, at, kWeekdayNames, count <= 3 ? 3 : std::string_view::npos, weekday))
        return false;
      fields.weekday = weekday;
      return true;
    }
    case 'd': return number(fields.day);
    case 'D': return number(fields.dayOfYear);
    case 'H': return number(fields.hour);
    case 'k':
      if (!number(fields.hour) || *fields.hour < 1 || *fields.hour > 24) return false;
      fields.hour = *fields.hour % 24;
      return true;
    case 'K': return number(fields.hourOfHalf) && *fields.hourOfHalf < 12;
    case 'h':
      if (!number(fields.hourOfHalf) || *fields.hourOfHalf < 1 || *fields.hourOfHalf > 12)
        return false;
      fields.hourOfHalf = *fields.hourOfHalf % 12;
      return true;
    case 'm': return number(fields.minute);
    case 's': return number(fields.second);
    case 'S': {
      const size_t begin = at;
      if (!readNumber(text, at, 1, count, value)) return false;
      int64_t micros = value;
      size_t digits = at - begin;
      for (; digits < 6; ++digits) micros *= 10;
      for (; digits > 6; --digits) micros /= 10;
      fields.micros = static_cast<int>(micros);
      return true;
    }
    case 'a':
      if (startsWithIgnoringCase(text.substr(at), "AM")) {
        fields.half = 0;
      } else if (startsWithIgnoringCase(text.substr(at), "PM")) {
        fields.half = 1;
      } else {
        return false;
      }
      at += 2;
      return true;
    case 'V':
    case 'z':
    case 'O':
    case 'X':
    case 'x':
    case 'Z': {
      size_t end = at;
      while (end < text.size() &&
             (isLetter(text[end]) || isDigit(text[end]) ||
              std::string_view("+-:/_").find(text[end]) != std::string_view::npos))
        ++end;
      const std::string_view id = text.substr(at, end - at);
      const bool isOffset = std::string_view("XxZ").find(piece.letter) != std::string_view::npos;
      if (isOffset && !(piece.letter == 'Z' && count == 4)) {
        const auto offset = parseZoneOffset(id);
        if (!offset || (id == "Z" && piece.letter != 'X' && count != 5)) return false;
        const bool hasColon = id.find(':') != std::string_view::npos;
        if (id != "Z" && id.size() > 3 && hasColon != (count == 3 || count == 5)) return false;
      }
      auto zone = TimeZone::make(id);
      if (!zone) return false;
      fields.zone = std::move(*zone);
      at = end;
      return true;
    }
    default: return false;
  }
}

bool DatetimePattern::read(std::string_view text, size_t& at, size_t& piece, Fields& fields,
                           bool isOptional) const {
  while (piece < pieces_.size()) {
    const Piece& next = pieces_[piece];
    if (next.letter == ']') {
      ++piece;
      if (isOptional) return true;
      continue;
    }
    if (next.letter == '[') {
      const size_t begin = piece++;
      size_t insideAt = at;
      Fields inside = fields;
      if (read(text, insideAt, piece, inside, true)) {
        at = insideAt;
        fields = std::move(inside);
      } else {
        int depth = 0;
        for (piece = begin; piece < pieces_.size(); ++piece) {
          if (pieces_[piece].letter == '[') ++depth;
          if (pieces_[piece].letter == ']' && --depth == 0) break;
        }
        ++piece;
      }
      continue;
    }
    if (!readPiece(next, text, at, fields)) return false;
    ++piece;
  }
  return !isOptional;
}

std::optional<DatetimePattern::Parsed> DatetimePattern::resolve(const Fields& fields) {
  LocalTime time;
  if (fields.year) time.year = fields.isBeforeChrist ? 1 - *fields.year : *fields.year;
  if (fields.dayOfYear && !fields.month) {
    if (*fields.dayOfYear < 1 || *fields.dayOfYear > (LocalTime::isLeap(time.year) ? 366 : 365))
      return std::nullopt;
    time = LocalTime::ofDays(LocalTime::daysOf(time.year, 1, 1) + *fields.dayOfYear - 1);
  } else {
    time.month = fields.month.value_or(1);
    if (time.month < 1 || time.month > 12) return std::nullopt;
    time.day = fields.day.value_or(1);
    if (time.day < 1 || time.day > LocalTime::monthLength(time.year, time.month))
      return std::nullopt;
  }
  if (fields.weekday && *fields.weekday != LocalTime::weekdayOf(time.toDays())) return std::nullopt;
  if (fields.hour) {
    time.hour = *fields.hour;
  } else if (fields.hourOfHalf) {
    time.hour = *fields.hourOfHalf + 12 * fields.half.value_or(0);
  } else if (fields.half) {
    time.hour = 12 * *fields.half;
  }
  time.minute = fields.minute;
  time.second = fields.second;
  time.micros = fields.micros;
  if (time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  return Parsed{time.toMicros(), fields.zone, fields.year || fields.month || fields.day};
}

std::optional<DatetimePattern::Parsed> DatetimePattern::parse(std::string_view text) const {
  Fields fields;
  size_t at = 0;
  size_t piece = 0;
  if (!read(text, at, piece, fields, false) || at != text.size()) return std::nullopt;
  return resolve(fields);
}

std::optional<int64_t> DatetimePattern::parseInstant(std::string_view text,
                                                     const TimeZone& zone) const {
  const auto parsed = parse(text);
  if (!parsed) return std::nullopt;
  return (parsed->zone != nullptr ? *parsed->zone : zone).toUtc(parsed->localMicros);
}

std::optional<int32_t> DatetimePattern::parseDate(std::string_view text) const {
  const auto parsed = parse(text);
  if (!parsed) return std::nullopt;
  return static_cast<int32_t>(LocalTime::dayOfMicros(parsed->localMicros));
}

}  // namespace spate
