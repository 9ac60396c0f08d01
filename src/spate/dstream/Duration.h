#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <string>

#include "spate/base/Time.h"
#include "spate/types/Exceptions.h"

namespace spate {

/// A length of streaming time in milliseconds: Spark's Duration.
class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(int64_t millis) : millis_(millis) {}
  constexpr explicit Duration(Millis millis) : millis_(millis.count()) {}

  constexpr int64_t milliseconds() const { return millis_; }
  constexpr Millis toMillis() const { return Millis(millis_); }
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return Duration(millis_ + o.millis_); }
  constexpr Duration operator-(Duration o) const { return Duration(millis_ - o.millis_); }
  constexpr Duration operator*(int64_t n) const { return Duration(millis_ * n); }
  constexpr int64_t operator/(Duration o) const { return millis_ / o.millis_; }
  /// The largest multiple of `d` that is not larger.
  constexpr Duration floor(Duration d) const {
    const int64_t rest = millis_ % d.millis_;
    return Duration(millis_ - (rest < 0 ? rest + d.millis_ : rest));
  }
  constexpr bool isZero() const { return millis_ == 0; }
  constexpr bool isMultipleOf(Duration o) const {
    return o.millis_ != 0 && millis_ % o.millis_ == 0;
  }
  /// "1000 ms", as in Spark's messages.
  std::string toString() const { return std::to_string(millis_) + " ms"; }

 private:
  int64_t millis_ = 0;
};

constexpr Duration Milliseconds(int64_t n) { return Duration(n); }
/// Fractions are allowed as PySpark allows them: StreamingContext(sc, 0.5).
inline Duration Seconds(double n) { return Duration(static_cast<int64_t>(std::llround(n * 1e3))); }
constexpr Duration Minutes(int64_t n) { return Duration(n * 60'000); }

/// A point in streaming time, in milliseconds since the epoch; the name of a batch: Spark's Time.
class Time {
 public:
  constexpr Time() = default;
  constexpr explicit Time(int64_t millis) : millis_(millis) {}
  explicit Time(Timestamp t) : millis_(millisOf(t)) {}

  constexpr int64_t milliseconds() const { return millis_; }
  Timestamp toTimestamp() const { return timestampOfMillis(millis_); }
  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time operator+(Duration d) const { return Time(millis_ + d.milliseconds()); }
  constexpr Time operator-(Duration d) const { return Time(millis_ - d.milliseconds()); }
  constexpr Duration operator-(Time o) const { return Duration(millis_ - o.millis_); }
  /// The last multiple of `d` (since the epoch) that is not later.
  constexpr Time floor(Duration d) const { return Time(Duration(millis_).floor(d).milliseconds()); }
  /// "1508662652000 ms", as in Spark's logs and in print().
  std::string toString() const { return std::to_string(millis_) + " ms"; }

 private:
  int64_t millis_ = 0;
};

}  // namespace spate
