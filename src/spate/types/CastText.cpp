// Values to texts; CastNumbersFromText.cpp and CastTimesFromText.cpp go the other way.
#include "spate/types/CastText.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace spate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void appendTwoDigits(int64_t value, std::string& out) {
  if (value < 10) out += '0';
  out += std::to_string(value);
}

/// ".5", or nothing for zero.
void appendFraction(int64_t micros, std::string& out) {
  if (micros == 0) return;
  char text[16];
  std::snprintf(text, sizeof(text), ".%06d", static_cast<int>(micros));
  size_t size = 7;
  while (text[size - 1] == '0') --size;
  out.append(text, size);
}

std::string digitsOf(UInt128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  return {digits.rbegin(), digits.rend()};
}

UInt128 magnitude(Int128 value) {
  return value < 0 ? ~static_cast<UInt128>(value) + 1 : static_cast<UInt128>(value);
}

std::string upperUnit(IntervalUnit unit) {
  std::string text(toString(unit));
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

void appendUnits(const DataType& type, std::string& out) {
  out += "' " + upperUnit(type.startUnit());
  if (type.endUnit() != type.startUnit()) out += " TO " + upperUnit(type.endUnit());
}

}  // namespace

Int128 powerOfTen(int exponent) {
  static const std::array<Int128, 39> kPowers = [] {
    std::array<Int128, 39> powers{};
    powers[0] = 1;
    for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
  }();
  return kPowers[static_cast<size_t>(std::clamp(exponent, 0, 38))];
}

std::optional<int32_t> daysFromCivil(int64_t year, int64_t month, int64_t day) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > kLengths[month - 1] + (month == 2 && isLeap ? 1 : 0)) return std::nullopt;
  // Years that begin in March: the leap day is their last one.
  const int64_t shifted = month <= 2 ? year - 1 : year;
  const int64_t era = floorDivide(shifted, 400);
  const int64_t yearOfEra = shifted - era * 400;
  const int64_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  const int64_t days = era * 146097 + dayOfEra - 719468;
  if (days < INT32_MIN || days > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(days);
}

CivilDate civilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = floorDivide(days, 146097);
  const int64_t dayOfEra = days - era * 146097;
  const int64_t yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const int64_t shiftedMonth = (5 * dayOfYear + 2) / 153;
  const int day = static_cast<int>(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
  const int month = static_cast<int>(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9);
  return {yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

void appendTimestamp(int64_t localMicros, std::string& out) {
  const int64_t days = floorDivide(localMicros, kMicrosPerDay);
  // Not localMicros - days * kMicrosPerDay: the first day begins before what there is a number for.
  int64_t rest = localMicros % kMicrosPerDay;
  if (rest < 0) rest += kMicrosPerDay;
  appendDate(static_cast<int32_t>(days), out);
  out += ' ';
  appendTwoDigits(rest / kMicrosPerHour, out);
  rest %= kMicrosPerHour;
  out += ':';
  appendTwoDigits(rest / kMicrosPerMinute, out);
  rest %= kMicrosPerMinute;
  out += ':';
  appendTwoDigits(rest / kMicrosPerSecond, out);
  appendFraction(rest % kMicrosPerSecond, out);
}

void appendDecimal(Int128 unscaled, int scale, std::string& out) {
  std::string digits = digitsOf(magnitude(unscaled));
  if (scale < 0) {
    if (unscaled != 0) digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  if (unscaled < 0) out += '-';
  out.append(digits, 0, digits.size() - places);
  if (scale > 0) {
    out += '.';
    out.append(digits, digits.size() - places);
  }
}

void appendDecimalScientific(Int128 unscaled, int scale, std::string& out) {
  const std::string digits = digitsOf(magnitude(unscaled));
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6) return appendDecimal(unscaled, scale, out);
  if (unscaled < 0) out += '-';
  out += digits[0];
  if (digits.size() > 1) {
    out += '.';
    out.append(digits, 1);
  }
  out += 'E' + std::to_string(exponent);
}

double decimalToDouble(Int128 unscaled, int scale) {
  constexpr double kExactPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  // Both are exact, so the quotient is rounded once.
  if (scale >= 0 && scale <= 22 && magnitude(unscaled) < (UInt128{1} << 53)) {
    return static_cast<double>(static_cast<int64_t>(unscaled)) / kExactPowers[scale];
  }
  std::string text;
  appendDecimal(unscaled, scale, text);
  return std::strtod(text.c_str(), nullptr);
}

void appendDayTimeInterval(int64_t micros, const DataType& type, std::string& out) {
  out += "INTERVAL '";
  if (micros < 0) out += '-';
  uint64_t rest = micros < 0 ? ~static_cast<uint64_t>(micros) + 1 : static_cast<uint64_t>(micros);
  constexpr uint64_t kMicros[] = {kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute,
                                  kMicrosPerSecond};
  for (auto unit = type.startUnit(); unit <= type.endUnit();
       unit = static_cast<IntervalUnit>(static_cast<int>(unit) + 1)) {
    const uint64_t size = kMicros[static_cast<int>(unit) - static_cast<int>(IntervalUnit::kDay)];
    if (unit > type.startUnit()) out += unit == IntervalUnit::kHour ? ' ' : ':';
    const auto value = static_cast<int64_t>(rest / size);
    if (unit == IntervalUnit::kDay) {
      out += std::to_string(value);
    } else {
      appendTwoDigits(value, out);
    }
    rest %= size;
  }
  if (type.endUnit() == IntervalUnit::kSecond) appendFraction(static_cast<int64_t>(rest), out);
  appendUnits(type, out);
}

void appendYearMonthInterval(int32_t months, const DataType& type, std::string& out) {
  const int64_t size = std::abs(static_cast<int64_t>(months));
  out += "INTERVAL '";
  if (months < 0) out += '-';
  if (type.startUnit() == IntervalUnit::kMonth) {
    out += std::to_string(size);
  } else {
    out += std::to_string(size / 12);
    if (type.endUnit() == IntervalUnit::kMonth) out += '-' + std::to_string(size % 12);
  }
  appendUnits(type, out);
}

void appendCalendarInterval(const CalendarInterval& interval, std::string& out) {
  const size_t before = out.size();
  const auto part = [&](int64_t value, std::string_view unit) {
    if (value == 0) return;
    if (out.size() > before) out += ' ';
    out += std::to_string(value) + " ";
    out += unit;
  };
  part(interval.months / 12, "years");
  part(interval.months % 12, "months");
  part(interval.days, "days");
  part(interval.micros / kMicrosPerHour, "hours");
  part(interval.micros % kMicrosPerHour / kMicrosPerMinute, "minutes");
  const int64_t rest = interval.micros % kMicrosPerMinute;
  if (rest != 0) {
    if (out.size() > before) out += ' ';
    if (rest < 0) out += '-';
    out += std::to_string(std::abs(rest) / kMicrosPerSecond);
    appendFraction(std::abs(rest) % kMicrosPerSecond, out);
    out += " seconds";
  }
  if (out.size() == before) out += "0 seconds";
}

Status decimalOutOfRange(std::string_view value, int precision, int scale) {
  const std::string config = "\"spark.sql.ansi.enabled\"";
  const std::string p = std::to_string(precision);
  const std::string s = std::to_string(scale);
  return Status::invalidArgument("The value " + std::string(value) +
                                 " cannot be represented as Decimal(" + p + ", " + s +
                                 "). If necessary set " + config +
                                 " to \"false\" to bypass this error, and return NULL instead.")
      .withErrorClass(
          "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003",
          {{"value", std::string(value)}, {"precision", p}, {"scale", s}, {"config", config}});
}

}  // namespace spate
