#pragma once

#include <cstdint>

namespace spate {

/// A date of the proleptic Gregorian calendar and a time of day, as a clock without a zone shows
/// them.
struct LocalTime {
  int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;

  static constexpr int64_t kMicrosPerSecond = 1'000'000;
  static constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

  static constexpr bool isLeap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  }
  static constexpr int monthLength(int64_t year, int month) {
    if (month == 2) return isLeap(year) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }
  static constexpr int64_t floorDivide(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
  }
  static constexpr int64_t dayOfMicros(int64_t micros) {
    return floorDivide(micros, kMicrosPerDay);
  }

  /// Days since 1970-01-01 of a date that exists.
  static constexpr int64_t daysOf(int64_t year, int month, int day) {
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = floorDivide(y, 400);
    const int64_t yearOfEra = y - era * 400;
    const int64_t dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719'468;
  }

  static constexpr LocalTime ofDays(int64_t days) {
    days += 719'468;
    const int64_t era = floorDivide(days, 146'097);
    const int64_t dayOfEra = days - era * 146'097;
    const int64_t yearOfEra =
        (dayOfEra - dayOfEra / 1460 + dayOfEra / 36'524 - dayOfEra / 146'096) / 365;
    const int64_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    const int64_t month = (5 * dayOfYear + 2) / 153;
    LocalTime time;
    time.day = static_cast<int>(dayOfYear - (153 * month + 2) / 5 + 1);
    time.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
    time.year = yearOfEra + era * 400 + (time.month <= 2 ? 1 : 0);
    return time;
  }

  static constexpr LocalTime ofMicros(int64_t micros) {
    const int64_t days = dayOfMicros(micros);
    LocalTime time = ofDays(days);
    const int64_t rest = micros - days * kMicrosPerDay;
    time.micros = static_cast<int>(rest % kMicrosPerSecond);
    const int64_t seconds = rest / kMicrosPerSecond;
    time.hour = static_cast<int>(seconds / 3600);
    time.minute = static_cast<int>(seconds / 60 % 60);
    time.second = static_cast<int>(seconds % 60);
    return time;
  }

  constexpr int64_t toDays() const { return daysOf(year, month, day); }
  constexpr int64_t toMicros() const {
    return toDays() * kMicrosPerDay +
           (int64_t{hour} * 3600 + minute * 60 + second) * kMicrosPerSecond + micros;
  }
  constexpr int dayOfYear() const { return static_cast<int>(toDays() - daysOf(year, 1, 1)) + 1; }
  /// 1 is Monday, 7 is Sunday.
  static constexpr int weekdayOf(int64_t days) {
    return static_cast<int>((days + 3) - floorDivide(days + 3, 7) * 7) + 1;
  }

  /// The day this many months later; its day of the month is cut to what the month has.
  static constexpr int64_t addMonths(int64_t days, int64_t months) {
    const LocalTime from = ofDays(days);
    const int64_t total = from.year * 12 + from.month - 1 + months;
    const int64_t year = floorDivide(total, 12);
    const int month = static_cast<int>(total - year * 12) + 1;
    const int length = monthLength(year, month);
    return daysOf(year, month, from.day < length ? from.day : length);
  }
};

}  // namespace spate
