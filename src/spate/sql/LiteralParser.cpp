#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "spate/base/AsciiCase.h"
#include "spate/sql/IntervalText.h"
#include "spate/sql/Parser.h"
#include "spate/types/CastText.h"
#include "spate/types/TimeZone.h"

// Numbers, strings, typed literals, intervals, parameters.

namespace spate::sql {

using plan::ExpressionPtr;
using plan::Literal;
using plan::make;

ExpressionPtr Parser::numberLiteral(bool negative) {
  const TokenKind kind = peek().kind;
  const std::string digits = (negative ? "-" : "") + peek().word;
  ExpressionPtr literal;
  switch (kind) {
    case TokenKind::kInteger: literal = integerLiteral(digits); break;
    case TokenKind::kLong:
    case TokenKind::kShort:
    case TokenKind::kByte: literal = boundedInteger(digits, kind); break;
    case TokenKind::kDecimal:
    case TokenKind::kBigDecimal: literal = decimalLiteral(digits); break;
    default: literal = floatingLiteral(digits, kind); break;
  }
  advance();
  return literal;
}

namespace {

template <class T>
std::optional<T> numberIn(const std::string& digits) {
  T value{};
  const char* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

/// The narrowest of INT, BIGINT and DECIMAL that holds the number.
ExpressionPtr Parser::integerLiteral(const std::string& digits) {
  if (const auto value = numberIn<int32_t>(digits)) return integerLiteralOf(*value);
  if (const auto value = numberIn<int64_t>(digits)) {
    return make(Literal{DataType::longType(), Datum(*value)});
  }
  return decimalLiteral(digits);
}

ExpressionPtr Parser::outOfRange(const std::string& digits, const char* least, const char* most,
                                 const char* type) {
  fail(Status::invalidArgument("Numeric literal " + digits + " is outside the valid range for " +
                               type + " with minimum value of " + least + " and maximum value of " +
                               most + ". Please adjust the value accordingly.")
           .withErrorClass("INVALID_NUMERIC_LITERAL_RANGE", "22003",
                           {{"rawStrippedQualifier", digits},
                            {"minValue", least},
                            {"maxValue", most},
                            {"typeName", type}}));
  return nullLiteral();
}

ExpressionPtr Parser::boundedInteger(const std::string& digits, TokenKind kind) {
  if (kind == TokenKind::kByte) {
    const auto value = numberIn<int8_t>(digits);
    if (!value) return outOfRange(digits, "-128", "127", "tinyint");
    return make(Literal{DataType::byteType(), Datum(*value)});
  }
  if (kind == TokenKind::kShort) {
    const auto value = numberIn<int16_t>(digits);
    if (!value) return outOfRange(digits, "-32768", "32767", "smallint");
    return make(Literal{DataType::shortType(), Datum(*value)});
  }
  const auto value = numberIn<int64_t>(digits);
  if (!value) return outOfRange(digits, "-9223372036854775808", "9223372036854775807", "bigint");
  return make(Literal{DataType::longType(), Datum(*value)});
}

/// "-12.50" and "1.5E3", the latter only with the suffix BD: Java's BigDecimal.
ExpressionPtr Parser::decimalLiteral(const std::string& digits) {
  std::string significant;
  int64_t scale = 0;
  bool negative = false;
  bool behindPoint = false;
  for (size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    if (c == '-' && i == 0) {
      negative = true;
    } else if (c == '.') {
      behindPoint = true;
    } else if (c == 'e' || c == 'E') {
      std::string exponentDigits = digits.substr(i + 1);
      if (exponentDigits[0] == '+') exponentDigits.erase(0, 1);
      scale -= numberIn<int32_t>(exponentDigits).value_or(INT32_MAX);
      break;
    } else {
      if (c != '0' || !significant.empty()) significant += c;
      if (behindPoint) ++scale;
    }
  }
  // Nothing that has so many digits is a decimal: stop before they are written out.
  constexpr int64_t kMost = DataType::kMaxDecimalPrecision;
  int64_t precision = static_cast<int64_t>(significant.size());
  if (scale < 0 && !significant.empty()) {
    precision -= scale;
    if (precision <= kMost) significant.append(static_cast<size_t>(-scale), '0');
  }
  if (scale < 0) scale = 0;
  precision = std::max({precision, scale, int64_t{1}});
  Result<DataType> type = DataType::makeDecimal(precision, scale);
  if (!type) {
    fail(type.error());
    return nullLiteral();
  }
  Int128 unscaled = 0;
  for (const char c : significant) unscaled = unscaled * 10 + (c - '0');
  return make(Literal{*type, Datum(Decimal{negative ? -unscaled : unscaled})});
}

ExpressionPtr Parser::floatingLiteral(const std::string& digits, TokenKind kind) {
  if (kind == TokenKind::kFloat) {
    // As Spark: too small a number is zero, too large a one is refused.
    float value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const double wide = std::strtod(digits.c_str(), nullptr);
    if (parsed.ec != std::errc())
      value = static_cast<float>(std::abs(wide) < 1 ? 0.0 * wide : wide);
    if (std::isinf(value) || std::abs(wide) > std::numeric_limits<float>::max()) {
      return outOfRange(digits, "-3.4028234663852886E+38", "3.4028234663852886E+38", "float");
    }
    return make(Literal{DataType::floatType(), Datum(value)});
  }
  const double value = std::strtod(digits.c_str(), nullptr);
  if (std::isinf(value)) {
    return outOfRange(digits, "-1.7976931348623157E+308", "1.7976931348623157E+308", "double");
  }
  return make(Literal{DataType::doubleType(), Datum(value)});
}

/// Adjacent strings are one.
ExpressionPtr Parser::stringsLiteral() {
  std::string text;
  while (peek().kind == TokenKind::kString) text += stringLiteral();
  return stringLiteralOf(std::move(text));
}

namespace {

Status invalidTypedLiteral(const std::string& type, const std::string& text) {
  return Status::invalidArgument("The value of the typed literal \"" + type + "\" is invalid: '" +
                                 text + "'.")
      .withErrorClass("INVALID_TYPED_LITERAL", "42604",
                      {{"valueType", "\"" + type + "\""}, {"value", "'" + text + "'"}});
}

std::string lowerTrimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return asciiLower(text);
}

}  // namespace

/// DATE '2024-03-01', X'1F', ...
ExpressionPtr Parser::typedLiteral() {
  const size_t first = at_;
  const std::string type = peek().word;
  advance();
  const std::string text = stringLiteral();
  if (type == "X") return binaryLiteral(text);
  if (type == "DATE") {
    const std::string name = lowerTrimmed(text);
    const ExpressionPtr today = plan::makeCall("current_date", {});
    if (name == "now" || name == "today") return today;
    if (name == "yesterday") return plan::makeCall("date_add", {today, integerLiteralOf(-1)});
    if (name == "tomorrow") return plan::makeCall("date_add", {today, integerLiteralOf(1)});
    const auto days = name == "epoch" ? std::optional<int32_t>(0) : parseDate(text);
    if (days) return make(Literal{DataType::dateType(), Datum(*days)});
    fail(invalidTypedLiteral(type, text), first);
    return nullLiteral();
  }
  if (type == "TIMESTAMP" || type == "TIMESTAMP_LTZ" || type == "TIMESTAMP_NTZ") {
    ExpressionPtr literal = timestampLiteral(type, text);
    if (!literal) fail(invalidTypedLiteral(type, text), first);
    return literal ? literal : nullLiteral();
  }
  fail(Status::unsupported("Literals of the type \"" + type +
                           "\" are not supported. Supported types are \"DATE\", \"TIMESTAMP_NTZ\", "
                           "\"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\".")
           .withErrorClass("UNSUPPORTED_TYPED_LITERAL", "0A000",
                           {{"unsupportedType", "\"" + type + "\""},
                            {"supportedTypes",
                             "\"DATE\", \"TIMESTAMP_NTZ\", \"TIMESTAMP_LTZ\", \"TIMESTAMP\", "
                             "\"INTERVAL\", \"X\""}}),
       first);
  return nullLiteral();
}

/// Null: no timestamp. What depends on a time zone that the text does not give is a cast, which the
/// planner does in the session's.
ExpressionPtr Parser::timestampLiteral(const std::string& type, const std::string& text) {
  const bool isNtz = type == "TIMESTAMP_NTZ";
  const DataType dataType = isNtz ? DataType::timestampNtzType() : DataType::timestampType();
  const std::string name = lowerTrimmed(text);
  if (name == "epoch") return make(Literal{dataType, Datum(int64_t{0})});
  if (name == "now") {
    return plan::makeCall(isNtz ? "localtimestamp" : "current_timestamp", {});
  }
  if (name == "today" || name == "yesterday" || name == "tomorrow") {
    ExpressionPtr day = plan::makeCall("current_date", {});
    if (name != "today") {
      day = plan::makeCall("date_add", {day, integerLiteralOf(name == "tomorrow" ? 1 : -1)});
    }
    return make(plan::Cast{day, dataType});
  }
  if (isNtz) {
    const auto micros = parseTimestampNtz(text);
    return micros ? make(Literal{dataType, Datum(*micros)}) : nullptr;
  }
  // The same instant wherever and whenever it is read: the text says it all.
  static const auto kElsewhere = TimeZone::make("+01:00");
  const auto micros = parseTimestamp(text, *TimeZone::utc(), 0);
  if (!micros) return nullptr;
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  const bool isFixed = kElsewhere && parseTimestamp(text, **kElsewhere, 0) == micros &&
                       parseTimestamp(text, *TimeZone::utc(), kMicrosPerDay) == micros;
  if (isFixed) return make(Literal{dataType, Datum(*micros)});
  return make(plan::Cast{stringLiteralOf(text), dataType, plan::CastMode::kAnsi});
}

ExpressionPtr Parser::binaryLiteral(const std::string& hex) {
  const std::string padded = (hex.size() % 2 == 1 ? "0" : "") + hex;
  std::string bytes;
  for (size_t i = 0; i + 1 < padded.size(); i += 2) {
    uint8_t byte = 0;
    const char* end = padded.data() + i + 2;
    const auto parsed = std::from_chars(padded.data() + i, end, byte, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      fail(invalidTypedLiteral("X", hex), at_ - 2);
      return nullLiteral();
    }
    bytes += static_cast<char>(byte);
  }
  return make(Literal{DataType::binaryType(), Datum(std::move(bytes))});
}

/// :name and ?
ExpressionPtr Parser::parameter() {
  const size_t first = at_;
  ExpressionPtr value;
  std::string name;
  if (at("?")) {
    const size_t index = peek().positionalParameter;
    name = "_" + std::to_string(peek().offset);
    if (index < positionalArguments_.size()) value = positionalArguments_[index];
    advance();
  } else {
    advance();
    name = identifier();
    const auto known = namedArguments_.find(name);
    if (known != namedArguments_.end()) value = known->second;
  }
  if (value) return value;
  fail(Status::invalidArgument("Found the unbound parameter: " + name +
                               ". Please, fix `args` and provide a mapping of the parameter to "
                               "either a SQL literal or collection constructor functions such as "
                               "`map()`, `array()`, `struct()`.")
           .withErrorClass("UNBOUND_SQL_PARAMETER", "42P02", {{"name", name}}),
       first);
  return nullLiteral();
}

// --- intervals

namespace {

constexpr std::string_view kIntervalUnits[] = {"NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND",
                                               "MINUTE",     "HOUR",        "DAY",         "WEEK",
                                               "MONTH",      "YEAR"};

bool isIntervalUnit(std::string_view word) {
  if (!word.empty() && word.back() == 'S') word.remove_suffix(1);
  for (const std::string_view unit : kIntervalUnits) {
    if (word == unit) return true;
  }
  return false;
}

}  // namespace

/// INTERVAL may be a column, too; a literal goes on with a string or with a number and a unit.
bool Parser::atInterval() const {
  if (!at("INTERVAL")) return false;
  const size_t sign = atAny({"+", "-"}, 1) ? 1 : 0;
  const Token& value = peek(1 + sign);
  const Token& unit = peek(2 + sign);
  const bool hasUnit = unit.kind == TokenKind::kWord && isIntervalUnit(unit.word);
  if (value.kind == TokenKind::kString) return sign == 0 || hasUnit;
  return (value.kind == TokenKind::kInteger || value.kind == TokenKind::kDecimal) && hasUnit;
}

ExpressionPtr Parser::intervalLiteral() {
  const size_t first = at_;
  advance();
  std::string text;
  Names units;
  do {
    std::string value;
    bool negative = false;
    if (atAny({"+", "-"})) {
      negative = at("-");
      advance();
    }
    const bool isString = peek().kind == TokenKind::kString;
    value = peek().word;
    advance();
    if (peek().kind != TokenKind::kWord || !isIntervalUnit(peek().word)) {
      // INTERVAL '1 day 2 hours': the units are in the string.
      if (!isString || !units.empty()) {
        failSyntax();
        return nullLiteral();
      }
      return intervalOf(value, {}, first);
    }
    if (negative) {
      const bool signedText = !value.empty() && (value[0] == '-' || value[0] == '+');
      value = signedText ? (value[0] == '-' ? "" : "-") + value.substr(1) : "-" + value;
    }
    if (is(peek(1), "TO")) {
      if (!isString || !units.empty()) {
        fail(Status::invalidArgument("The value of from-to unit must be a string.")
                 .withErrorClass("_LEGACY_ERROR_TEMP_0027"));
        return nullLiteral();
      }
      return unitToUnit(value, first);
    }
    units.push_back(identifier());
    text += (text.empty() ? "" : " ") + value + " " + units.back();
  } while (peek().isNumber() || peek().kind == TokenKind::kString ||
           (atAny({"+", "-"}) && (peek(1).isNumber() || peek(1).kind == TokenKind::kString) &&
            !failed() && peek(2).kind == TokenKind::kWord && isIntervalUnit(peek(2).word)));
  return intervalOf(text, units, first);
}

/// One literal of "1 day 2 hours"; its type reaches from the largest unit to the smallest.
ExpressionPtr Parser::intervalOf(const std::string& text, const Names& units, size_t firstToken) {
  if (failed()) return nullLiteral();
  const Result<CalendarInterval> interval = parseInterval(text);
  if (!interval) {
    // INTERVAL 'x' is a typed literal, INTERVAL 1 x is not.
    fail(units.empty() ? invalidTypedLiteral("INTERVAL", text) : interval.error(), firstToken);
    return nullLiteral();
  }
  Names words = units;
  if (words.empty()) {
    std::string word;
    for (const char c : text + " ") {
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        word += c;
      } else if (!word.empty()) {
        if (lowerTrimmed(word) != "interval") words.push_back(word);
        word.clear();
      }
    }
  }
  IntervalUnit least = IntervalUnit::kSecond;
  IntervalUnit most = IntervalUnit::kYear;
  bool hasMonths = false;
  bool hasDays = false;
  for (const std::string& word : words) {
    const bool isWeek = lowerTrimmed(word).rfind("week", 0) == 0;
    const IntervalUnit unit =
        intervalUnitOf(word).value_or(isWeek ? IntervalUnit::kDay : IntervalUnit::kSecond);
    least = std::min(least, unit);
    most = std::max(most, unit);
    (unit <= IntervalUnit::kMonth ? hasMonths : hasDays) = true;
  }
  if (hasMonths && hasDays) {
    const std::string shown(textBetween(firstToken, at_));
    fail(Status::invalidArgument("Cannot mix year-month and day-time fields: " + shown + ".")
             .withErrorClass("_LEGACY_ERROR_TEMP_0029", "", {{"literal", shown}}),
         firstToken);
    return nullLiteral();
  }
  if (hasMonths) {
    return make(Literal{DataType::yearMonthIntervalType(least, most), Datum(interval->months)});
  }
  int64_t micros = 0;
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  if (__builtin_mul_overflow(int64_t{interval->days}, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, interval->micros, &micros)) {
    fail(Status::invalidArgument("long overflow.").withErrorClass("ARITHMETIC_OVERFLOW", "22003"),
         firstToken);
    return nullLiteral();
  }
  return make(Literal{DataType::dayTimeIntervalType(least, most), Datum(micros)});
}

ExpressionPtr Parser::unitToUnit(const std::string& text, size_t firstToken) {
  const auto from = intervalUnitOf(identifier());
  expect("TO");
  const std::string toWord = identifier();
  const auto to = intervalUnitOf(toWord);
  if (failed()) return nullLiteral();
  const bool isYearMonth = from == IntervalUnit::kYear && to == IntervalUnit::kMonth;
  if (!from || !to || (!isYearMonth && (*from < IntervalUnit::kDay || *from >= *to))) {
    const std::string fromText(from ? toString(*from) : "?");
    const std::string toText = lowerTrimmed(toWord);
    fail(
        Status::invalidArgument("Error parsing '" + text +
                                "' to interval. Please ensure that the value provided is in a "
                                "valid format for defining an interval. You can reference the "
                                "documentation for the correct format. Cannot support (interval '" +
                                text + "' " + fromText + " to " + toText + ") expression.")
            .withErrorClass("INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", "22006",
                            {{"input", text}, {"from", fromText}, {"to", toText}}),
        firstToken + 1);
    return nullLiteral();
  }
  if (isYearMonth) {
    const Result<int32_t> months = parseYearMonthInterval(text);
    if (months) return make(Literal{DataType::yearMonthIntervalType(), Datum(*months)});
    fail(months.error(), firstToken + 1);
    return nullLiteral();
  }
  const Result<int64_t> micros = parseDayTimeInterval(text, *from, *to);
  if (micros) return make(Literal{DataType::dayTimeIntervalType(*from, *to), Datum(*micros)});
  fail(micros.error(), firstToken + 1);
  return nullLiteral();
}

}  // namespace spate::sql
