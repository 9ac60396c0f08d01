#include "spate/types/DatetimePattern.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "spate/types/DatetimeNames.h"
#include "spate/types/LocalTime.h"

namespace spate {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Status unrecognized(std::string_view pattern) {
  const std::string shown = fmt::format("'{}'", pattern);
  const std::string config = "\"spark.sql.legacy.timeParserPolicy\"";
  const std::string docroot = "https://spark.apache.org/docs/latest";
  return Status::invalidArgument(
             fmt::format("You may get a different result due to the upgrading to Spark >= 3.0:\n"
                         "Fail to recognize {} pattern in the DateTimeFormatter.\n"
                         "1) You can set {} to \"LEGACY\" to restore the behavior before Spark "
                         "3.0.\n2) You can form a valid datetime pattern with the guide from "
                         "'{}/sql-ref-datetime-pattern.html'.",
                         shown, config, docroot))
      .withErrorClass("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", "42K0B",
                      {{"pattern", shown}, {"config", config}, {"docroot", docroot}});
}

/// The most letters of one kind in a row that mean something; 0: no pattern letter.
int mostOf(char letter) {
  switch (letter) {
    case 'G':
    case 'E':
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'z': return 5;
    case 'y':
    case 'u': return 6;
    case 'd':
    case 'H':
    case 'h':
    case 'K':
    case 'k':
    case 'm':
    case 's':
    case 'V': return 2;
    case 'D': return 3;
    case 'a':
    case 'F': return 1;
    case 'S': return 9;
    case 'O': return 4;
    case 'X':
    case 'x':
    case 'Z': return 5;
    default: return 0;
  }
}

bool isNumeric(char letter, int count) {
  switch (letter) {
    case 'y':
    case 'u':
    case 'd':
    case 'D':
    case 'H':
    case 'h':
    case 'K':
    case 'k':
    case 'm':
    case 's':
    case 'F': return true;
    case 'M':
    case 'L':
    case 'Q':
    case 'q': return count <= 2;
    default: return false;
  }
}

/// "+08:00" in the forms of X, x, Z: with hours only, with minutes, with seconds; colons or not.
void appendOffset(int32_t offset, int count, bool zeroIsZ, std::string& out) {
  if (offset == 0 && zeroIsZ) {
    out += 'Z';
    return;
  }
  const int total = std::abs(offset);
  const std::string_view colon = count == 3 || count == 5 ? ":" : "";
  out += fmt::format("{}{:02}", offset < 0 ? '-' : '+', total / 3600);
  const int minutes = total / 60 % 60;
  if (count > 1 || minutes != 0) out += fmt::format("{}{:02}", colon, minutes);
  if (count > 3 && total % 60 != 0) out += fmt::format("{}{:02}", colon, total % 60);
}

void appendGmtOffset(int32_t offset, bool full, std::string& out) {
  out += "GMT";
  if (offset == 0) return;
  const int total = std::abs(offset);
  out += offset < 0 ? '-' : '+';
  out += full ? fmt::format("{:02}:{:02}", total / 3600, total / 60 % 60)
              : std::to_string(total / 3600);
  if (!full && total / 60 % 60 != 0) out += fmt::format(":{:02}", total / 60 % 60);
}

}  // namespace

Result<DatetimePattern> DatetimePattern::make(std::string_view pattern) {
  DatetimePattern made;
  int open = 0;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    Piece piece;
    if (isLetter(c)) {
      size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      piece.letter = c;
      piece.count = static_cast<int>(end - i);
      i = end;
      if (piece.count > mostOf(c) || (c == 'V' && piece.count != 2) ||
          (c == 'O' && piece.count != 1 && piece.count != 4)) {
        return failure(unrecognized(pattern));
      }
      if ((c == 'z' && piece.count > 3) || piece.letter == 'F' ||
          (piece.count == 5 && std::string_view("GEMLQq").find(c) != std::string_view::npos)) {
        return failure(unrecognized(pattern));
      }
    } else if (c == '\'') {
      piece.letter = '\'';
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        piece.literal = "'";
        i += 2;
      } else {
        bool isClosed = false;
        for (++i; i < pattern.size(); ++i) {
          if (pattern[i] != '\'') {
            piece.literal += pattern[i];
          } else if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
            piece.literal += pattern[i++];
          } else {
            isClosed = true;
            ++i;
            break;
          }
        }
        if (!isClosed) return failure(unrecognized(pattern));
      }
    } else if (c == '[' || c == ']') {
      open += c == '[' ? 1 : -1;
      if (open < 0) return failure(unrecognized(pattern));
      piece.letter = c;
      ++i;
    } else if (c == '{' || c == '}' || c == '#') {
      return failure(unrecognized(pattern));
    } else {
      piece.letter = '\'';
      piece.literal = c;
      ++i;
    }
    made.pieces_.push_back(std::move(piece));
  }
  for (; open > 0; --open) made.pieces_.push_back({']', 1, {}, 0});
  // "yyyyMMdd": a year of any width leaves the digits of what follows.
  for (size_t i = made.pieces_.size(); i-- > 0;) {
    if (i + 1 >= made.pieces_.size()) continue;
    const Piece& next = made.pieces_[i + 1];
    if (isNumeric(next.letter, next.count) && next.count >= 2)
      made.pieces_[i].reserved = next.reserved + next.count;
    else if (next.letter == 'S')
      made.pieces_[i].reserved = 1;
  }
  return made;
}

void DatetimePattern::format(int64_t utcMicros, const TimeZone& zone, std::string& out) const {
  const int64_t seconds = LocalTime::floorDivide(utcMicros, LocalTime::kMicrosPerSecond);
  const int32_t offset = zone.offsetAt(seconds);
  write(utcMicros + offset * LocalTime::kMicrosPerSecond, offset, zone, seconds, out);
}

void DatetimePattern::formatLocal(int64_t localMicros, std::string& out) const {
  write(localMicros, 0, *TimeZone::utc(),
        LocalTime::floorDivide(localMicros, LocalTime::kMicrosPerSecond), out);
}

void DatetimePattern::write(int64_t localMicros, int32_t offset, const TimeZone& zone,
                            int64_t utcSeconds, std::string& out) const {
  const LocalTime time = LocalTime::ofMicros(localMicros);
  const auto number = [&out](int64_t value, int width) {
    if (width == 2 && value >= 0 && value < 100) {
      out += static_cast<char>('0' + value / 10);
      out += static_cast<char>('0' + value % 10);
    } else {
      out += fmt::format("{:0{}}", value, width);
    }
  };
  for (const Piece& piece : pieces_) {
    const int count = piece.count;
    switch (piece.letter) {
      case '\'': out += piece.literal; break;
      case 'G':
        out += count == 4 ? (time.year > 0 ? "Anno Domini" : "Before Christ")
                          : (time.year > 0 ? "AD" : "BC");
        break;
      case 'y':
      case 'u':
        if (count == 2) {
          number((time.year % 100 + 100) % 100, 2);
        } else {
          if (time.year < 0) out += '-';
          if (count >= 4 &&
              std::abs(time.year) >= static_cast<int64_t>(count == 4 ? 10'000 : 1'000'000) &&
              time.year > 0)
            out += '+';
          number(std::abs(time.year), count);
        }
        break;
      case 'Q':
      case 'q': {
        const int quarter = (time.month - 1) / 3 + 1;
        constexpr std::string_view kOrdinals[] = {"1st", "2nd", "3rd", "4th"};
        if (count <= 2) {
          number(quarter, count);
        } else if (count == 3) {
          out += fmt::format("Q{}", quarter);
        } else {
          out += fmt::format("{} quarter", kOrdinals[quarter - 1]);
        }
        break;
      }
      case 'M':
      case 'L':
        if (count <= 2) {
          number(time.month, count);
        } else {
          const std::string_view name = kMonthNames[static_cast<size_t>(time.month - 1)];
          out += count == 3 ? name.substr(0, 3) : name;
        }
        break;
      case 'E': {
        const int weekday = LocalTime::weekdayOf(time.toDays());
        const std::string_view name = kWeekdayNames[static_cast<size_t>(weekday - 1)];
        out += count <= 3 ? name.substr(0, 3) : name;
        break;
      }
      case 'd': number(time.day, count); break;
      case 'D': number(time.dayOfYear(), count); break;
      case 'H': number(time.hour, count); break;
      case 'k': number(time.hour == 0 ? 24 : time.hour, count); break;
      case 'K': number(time.hour % 12, count); break;
      case 'h': number(time.hour % 12 == 0 ? 12 : time.hour % 12, count); break;
      case 'm': number(time.minute, count); break;
      case 's': number(time.second, count); break;
      case 'S':
        out += fmt::format("{:06}000", time.micros).substr(0, static_cast<size_t>(count));
        break;
      case 'a': out += time.hour < 12 ? "AM" : "PM"; break;
      case 'V': out += zone.id(); break;
      case 'z': out += zone.isFixed() ? zone.id() : zone.abbreviationAt(utcSeconds); break;
      case 'O': appendGmtOffset(offset, count == 4, out); break;
      case 'X': appendOffset(offset, count, true, out); break;
      case 'x': appendOffset(offset, count, false, out); break;
      case 'Z':
        if (count == 4) {
          appendGmtOffset(offset, true, out);
        } else {
          appendOffset(offset, count == 5 ? 5 : 2, count == 5, out);
        }
        break;
      default: break;
    }
  }
}

}  // namespace spate
