#include "spate/sql/IntervalText.h"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/AsciiCase.h"

namespace spate::sql {
namespace {

constexpr std::string_view kSpace = " \t\n\r\f\v";
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isSpace(char c) { return kSpace.find(c) != std::string_view::npos; }

std::string lowerTrimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  return asciiLower(text);
}

Status intervalError(std::string_view input, const std::string& kind, std::string_view detail,
                     std::map<std::string, std::string> parameters = {}) {
  parameters["input"] = input;
  std::string message = "Error parsing '" + std::string(input) +
                        "' to interval. Please ensure that the value provided is in a valid "
                        "format for defining an interval. You can reference the documentation for "
                        "the correct format. ";
  message += detail;
  return Status::invalidArgument(std::move(message))
      .withErrorClass("INVALID_INTERVAL_FORMAT." + kind, "22006", std::move(parameters));
}

struct Unit {
  std::string_view name;
  int months = 0;
  int days = 0;
  int64_t micros = 0;
};
constexpr std::array kUnits = {
    Unit{"year", 12, 0, 0},
    Unit{"month", 1, 0, 0},
    Unit{"week", 0, 7, 0},
    Unit{"day", 0, 1, 0},
    Unit{"hour", 0, 0, kMicrosPerHour},
    Unit{"minute", 0, 0, kMicrosPerMinute},
    Unit{"second", 0, 0, kMicrosPerSecond},
    Unit{"millisecond", 0, 0, 1000},
    Unit{"microsecond", 0, 0, 1},
};

const Unit* unitOf(std::string_view word) {
  for (const Unit& unit : kUnits) {
    if (word == unit.name || (word.size() == unit.name.size() + 1 && word.back() == 's' &&
                              word.substr(0, unit.name.size()) == unit.name)) {
      return &unit;
    }
  }
  return nullptr;
}

/// Reads "sign number unit" again and again.
class IntervalReader {
 public:
  explicit IntervalReader(std::string_view input) : input_(input), text_(lowerTrimmed(input)) {}

  Result<CalendarInterval> read() {
    if (text_.empty()) return failure(empty());
    if (text_.rfind("interval", 0) == 0) {
      if (text_.size() == 8) return failure(empty());
      if (!isSpace(text_[8])) {
        return failure(
            error("INVALID_PREFIX", "Invalid interval prefix " + currentWord() + ".", "prefix"));
      }
      at_ = 8;
    }
    while (skipSpace(), at_ < text_.size()) SPATE_FAIL_IF_ERROR(part());
    return interval_;
  }

 private:
  Status empty() const {
    return intervalError(input_, "INPUT_IS_EMPTY", "Interval string cannot be empty.");
  }

  /// The word around the cursor, for messages.
  std::string currentWord() const {
    size_t begin = at_;
    while (begin > 0 && (begin == text_.size() || !isSpace(text_[begin])) &&
           !isSpace(text_[begin - 1])) {
      --begin;
    }
    return text_.substr(begin, text_.find_first_of(kSpace, begin) - begin);
  }

  Status error(const std::string& kind, const std::string& detail, const std::string& key) const {
    return intervalError(input_, kind, detail, {{key, currentWord()}});
  }
  Status invalidValue() const {
    return error("INVALID_VALUE", "Invalid value " + currentWord() + ".", "value");
  }

  void skipSpace() {
    while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
  }

  Status part() {
    bool negative = false;
    if (text_[at_] == '-' || text_[at_] == '+') {
      negative = text_[at_] == '-';
      ++at_;
      skipSpace();
      if (at_ == text_.size()) {
        return intervalError(input_, "MISSING_NUMBER",
                             "Expect a number after " + text_.substr(at_ - 1) + " but hit EOL.",
                             {{"word", text_.substr(at_ - 1)}});
      }
    }
    int64_t value = 0;
    std::optional<int64_t> nanos;
    SPATE_RETURN_IF_ERROR(number(value, nanos));
    if (at_ == text_.size()) {
      at_ = text_.size();
      return error("MISSING_UNIT", "Expect a unit name after " + currentWord() + " but hit EOL.",
                   "word");
    }
    if (!isSpace(text_[at_])) return invalidValue();
    skipSpace();
    const std::string word = text_.substr(at_, text_.find_first_of(kSpace, at_) - at_);
    const Unit* unit = unitOf(word);
    if (!unit) return error("INVALID_UNIT", "Invalid unit " + word + ".", "unit");
    if (nanos && unit->name != "second") {
      return error("INVALID_FRACTION", word + " cannot have fractional part.", "unit");
    }
    at_ += word.size();
    if (negative) value = -value;
    const int64_t fraction = nanos.value_or(0) / 1000;
    return add(value, *unit, negative ? -fraction : fraction);
  }

  Status number(int64_t& value, std::optional<int64_t>& nanos) {
    const size_t start = at_;
    for (; at_ < text_.size() && isDigit(text_[at_]); ++at_) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value)) {
        return overflow();
      }
    }
    const bool hasDigits = at_ > start;
    if (at_ == text_.size() || text_[at_] != '.') {
      return hasDigits ? Status::OK() : invalidValue();
    }
    nanos = 0;
    int64_t scale = 100'000'000;
    for (++at_; at_ < text_.size() && isDigit(text_[at_]); ++at_) {
      if (scale == 0) {
        return error("INVALID_PRECISION",
                     "Interval can only support nanosecond precision, " + currentWord() +
                         " is out of range.",
                     "value");
      }
      *nanos += (text_[at_] - '0') * scale;
      scale /= 10;
    }
    return hasDigits || scale < 100'000'000 ? Status::OK() : invalidValue();
  }

  Status overflow() const {
    return intervalError(
        input_, "ARITHMETIC_EXCEPTION",
        "Uncaught arithmetic exception while parsing '" + std::string(input_) + "'.");
  }

  Status add(int64_t value, const Unit& unit, int64_t fraction) {
    int64_t months = 0;
    int64_t days = 0;
    int64_t micros = 0;
    if (__builtin_mul_overflow(value, int64_t{unit.months}, &months) ||
        __builtin_mul_overflow(value, int64_t{unit.days}, &days) ||
        __builtin_mul_overflow(value, unit.micros, &micros) ||
        __builtin_add_overflow(months, interval_.months, &interval_.months) ||
        __builtin_add_overflow(days, interval_.days, &interval_.days) ||
        __builtin_add_overflow(micros, interval_.micros, &interval_.micros) ||
        __builtin_add_overflow(interval_.micros, fraction, &interval_.micros)) {
      return overflow();
    }
    return Status::OK();
  }

  std::string_view input_;
  std::string text_;
  size_t at_ = 0;
  CalendarInterval interval_;
};

std::string formatOf(IntervalUnit from, IntervalUnit to) {
  static constexpr std::string_view kParts[] = {"y", "m", "d", "h", "m", "s.n"};
  std::string format = "[+|-]";
  for (int unit = static_cast<int>(from); unit <= static_cast<int>(to); ++unit) {
    if (unit > static_cast<int>(from)) {
      format += unit == static_cast<int>(IntervalUnit::kMonth)  ? '-'
                : unit == static_cast<int>(IntervalUnit::kHour) ? ' '
                                                                : ':';
    }
    format += kParts[unit];
  }
  return format;
}

Status unmatched(std::string_view text, IntervalUnit from, IntervalUnit to) {
  const bool yearMonth = to <= IntervalUnit::kMonth;
  const std::string kind = yearMonth ? "year-month" : "day-time";
  const std::string units = asciiUpper(toString(from)) + " TO " + asciiUpper(toString(to));
  const std::string format = formatOf(from, to);
  const std::string formats = "`" + format + "`, `INTERVAL [+|-]'" + format + "' " + units + "`";
  const std::string type =
      "interval " + std::string(toString(from)) + " to " + std::string(toString(to));
  std::string message = "Interval string does not match " + kind + " format of " + formats +
                        " when cast to " + type + ": " + std::string(text) + ".";
  if (!yearMonth) {
    message +=
        " Set \"spark.sql.legacy.fromDayTimeString.enabled\" to \"true\" to restore the "
        "behavior before Spark 3.0.";
  }
  return intervalError(
      text, yearMonth ? "UNMATCHED_FORMAT_STRING" : "UNMATCHED_FORMAT_STRING_WITH_NOTICE", message,
      {{"intervalStr", kind}, {"supportedFormat", formats}, {"typeName", type}});
}

/// A number of at most nine digits.
bool readNumber(std::string_view& rest, int64_t& value) {
  size_t digits = 0;
  value = 0;
  while (digits < rest.size() && isDigit(rest[digits])) {
    if (digits == 9) return false;
    value = value * 10 + (rest[digits++] - '0');
  }
  rest.remove_prefix(digits);
  return digits > 0;
}

/// ".5" as 500000; false when there is a point without digits or with more than nine.
bool readFraction(std::string_view& rest, int64_t& micros) {
  if (rest.empty() || rest[0] != '.') return true;
  rest.remove_prefix(1);
  int64_t scale = 100'000'000;
  int64_t nanos = 0;
  size_t digits = 0;
  for (; digits < rest.size() && isDigit(rest[digits]); ++digits, scale /= 10) {
    if (scale == 0) return false;
    nanos += (rest[digits] - '0') * scale;
  }
  rest.remove_prefix(digits);
  micros += nanos / 1000;
  return digits > 0;
}

bool readSign(std::string_view& rest) {
  if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return false;
  const bool negative = rest[0] == '-';
  rest.remove_prefix(1);
  return negative;
}

}  // namespace

Result<CalendarInterval> parseInterval(std::string_view text) {
  return IntervalReader(text).read();
}

Result<int64_t> parseDayTimeInterval(std::string_view text, IntervalUnit from, IntervalUnit to) {
  static constexpr int64_t kMicros[] = {
      0, 0, kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute, kMicrosPerSecond};
  static constexpr int64_t kMost[] = {0, 0, 0, 23, 59, 59};
  const std::string trimmed = lowerTrimmed(text);
  std::string_view rest = trimmed;
  const bool negative = readSign(rest);
  int64_t micros = 0;
  for (int unit = static_cast<int>(from); unit <= static_cast<int>(to); ++unit) {
    int64_t value = 0;
    if (unit > static_cast<int>(from)) {
      const char separator = unit == static_cast<int>(IntervalUnit::kHour) ? ' ' : ':';
      if (rest.empty() || rest[0] != separator) return failure(unmatched(text, from, to));
      rest.remove_prefix(1);
    }
    if (!readNumber(rest, value)) return failure(unmatched(text, from, to));
    if (unit > static_cast<int>(from) && value > kMost[unit]) {
      const std::string message =
          "requirement failed: " + std::string(toString(static_cast<IntervalUnit>(unit))) + " " +
          std::to_string(value) + " outside range [0, " + std::to_string(kMost[unit]) + "].";
      return failure(Status::invalidArgument(message).withErrorClass("_LEGACY_ERROR_TEMP_0063", "",
                                                                     {{"msg", message}}));
    }
    micros += value * kMicros[unit];
  }
  if (to == IntervalUnit::kSecond && !readFraction(rest, micros)) {
    return failure(unmatched(text, from, to));
  }
  if (!rest.empty()) return failure(unmatched(text, from, to));
  return negative ? -micros : micros;
}

Result<int32_t> parseYearMonthInterval(std::string_view text) {
  const Status wrong = unmatched(text, IntervalUnit::kYear, IntervalUnit::kMonth);
  const std::string trimmed = lowerTrimmed(text);
  std::string_view rest = trimmed;
  const bool negative = readSign(rest);
  int64_t years = 0;
  int64_t months = 0;
  if (!readNumber(rest, years) || rest.empty() || rest[0] != '-') return failure(wrong);
  rest.remove_prefix(1);
  if (!readNumber(rest, months) || !rest.empty()) return failure(wrong);
  if (months > 11) {
    return failure(intervalError(text, "INTERVAL_PARSING",
                                 "Error parsing interval year-month string.",
                                 {{"interval", "year-month"}}));
  }
  const int64_t total = years * 12 + months;
  if (total > INT32_MAX) {
    return failure(intervalError(text, "INTERVAL_PARSING",
                                 "Error parsing interval year-month string.",
                                 {{"interval", "year-month"}}));
  }
  return static_cast<int32_t>(negative ? -total : total);
}

std::optional<IntervalUnit> intervalUnitOf(std::string_view word) {
  std::string lower = lowerTrimmed(word);
  if (!lower.empty() && lower.back() == 's') lower.pop_back();
  for (int u = 0; u <= static_cast<int>(IntervalUnit::kSecond); ++u) {
    if (toString(static_cast<IntervalUnit>(u)) == lower) return static_cast<IntervalUnit>(u);
  }
  return std::nullopt;
}

}  // namespace spate::sql
