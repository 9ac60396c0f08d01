#include "spate/base/Time.h"

#include <fmt/core.h>

#include <ctime>

namespace spate {

std::string formatLocalTime(Timestamp t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  const int64_t micros = (t - seconds).count();
  const std::time_t clock = seconds.time_since_epoch().count();
  std::tm local{};
  localtime_r(&clock, &local);
  std::string text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1,
                  local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
  if (micros != 0) text += fmt::format(".{:06}", micros);
  return text;
}

std::string formatUtcTime(Timestamp t) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  const int64_t millis = std::chrono::duration_cast<Millis>(t - seconds).count();
  const std::time_t clock = seconds.time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&clock, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis);
}

}  // namespace spate
