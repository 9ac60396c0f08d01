#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace spate {

/// Lengths of time. Interfaces take these, never a bare integer.
using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;

/// A point in wall-clock time: microseconds since 1970-01-01 UTC, as Spark's TIMESTAMP.
using Timestamp = std::chrono::sys_time<Micros>;

inline Timestamp timestampOfMillis(int64_t millisSinceEpoch) {
  return Timestamp(Millis(millisSinceEpoch));
}

/// Milliseconds since the epoch, rounded down.
inline int64_t millisOf(Timestamp t) {
  return std::chrono::floor<Millis>(t.time_since_epoch()).count();
}

/// "2017-10-21 20:10:00", with ".500000" behind it when there is a fraction: local time, as
/// Python prints a datetime (what PySpark's pprint shows).
std::string formatLocalTime(Timestamp t);

/// "2017-10-21T20:10:00.000Z", as Spark's progress reports and logs give times.
std::string formatUtcTime(Timestamp t);

}  // namespace spate
