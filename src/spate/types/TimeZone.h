#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// The offset in seconds that a text such as "Z", "+8", "-08", "+08:30", "+0830" or "+08:30:15"
/// stands for, as java.time.ZoneOffset reads it. Empty: it is none, or not within 18 hours.
std::optional<int32_t> parseZoneOffset(std::string_view text);

/// "+08:00", "-07:52:58"; zero is "Z".
std::string zoneOffsetId(int32_t seconds);

/// The clock of a place: the rules between instants and local times, as Java's ZoneId has them.
///
/// In      "UTC", "GMT+8", "+08:00", IANA names ("Europe/Paris") from the machine's zone files,
///         and Java's short names ("PST")
/// Errors  INVALID_TIMEZONE: no zone of that name
/// Threads immutable; share it freely
class TimeZone {
 public:
  /// Zones are read once and kept.
  static Result<std::shared_ptr<const TimeZone>> make(std::string_view id);
  static const std::shared_ptr<const TimeZone>& utc();

  /// As Java shows it: "Europe/Paris", "UTC", "GMT+08:00", "+08:00", "Z".
  const std::string& id() const { return id_; }
  bool isFixed() const { return instants_.empty(); }

  /// Local time minus UTC, at an instant in seconds of UTC.
  int32_t offsetAt(int64_t utcSeconds) const;
  /// The same for a local time. A local time that exists twice is the earlier one; one that was
  /// skipped is moved ahead by what was skipped.
  int32_t offsetAtLocal(int64_t localSeconds) const;

  /// Microseconds of an instant to those of the local clock, and back.
  int64_t toLocal(int64_t utcMicros) const;
  int64_t toUtc(int64_t localMicros) const;

  /// The short name at an instant: "CET", "CEST", "UTC", "+08:00" where there is no name.
  std::string abbreviationAt(int64_t utcSeconds) const;

 private:
  struct Period {
    int32_t offset = 0;
    std::string abbreviation;
  };

  explicit TimeZone(std::string id) : id_(std::move(id)) {}

  static Result<std::shared_ptr<const TimeZone>> makeFixed(std::string id, int32_t offset,
                                                           std::string abbreviation);
  static std::shared_ptr<TimeZone> readZoneFile(const std::string& id);
  bool parse(std::string_view bytes);
  bool appendRule(std::string_view rule);
  void appendPeriod(int64_t instant, Period period);
  const Period& periodAt(int64_t utcSeconds) const;

  std::string id_;
  /// periods_[0] before instants_[0], periods_[i + 1] from instants_[i] on.
  std::vector<int64_t> instants_;
  std::vector<Period> periods_;
  /// The local time from which periods_[i + 1] holds.
  std::vector<int64_t> locals_;
  /// From here on the rules repeat every 400 years.
  int64_t repeatsFrom_ = INT64_MAX;
};

}  // namespace spate
