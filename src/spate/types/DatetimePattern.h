#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// A pattern such as "yyyy-MM-dd HH:mm:ss.SSS", as Spark reads it: what date_format, to_timestamp
/// and the options of CSV and JSON use. Texts are in English.
///
/// Errors  INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION: no pattern of Spark;
///         kUnsupported: full zone names ("zzzz"), week-based fields
/// Threads immutable
class DatetimePattern {
 public:
  static Result<DatetimePattern> make(std::string_view pattern);

  /// Appends an instant as the clock of the zone shows it.
  void format(int64_t utcMicros, const TimeZone& zone, std::string& out) const;
  /// Appends a local time; a pattern that asks for a zone shows UTC.
  void formatLocal(int64_t localMicros, std::string& out) const;

  /// What a text says; a whole text must match. Empty: it does not, or there is no such date.
  struct Parsed {
    int64_t localMicros = 0;
    /// Set where the text names a zone.
    std::shared_ptr<const TimeZone> zone;
    bool hasDate = false;
  };
  std::optional<Parsed> parse(std::string_view text) const;

  /// parse() as an instant; where the text has no zone, in `zone`.
  std::optional<int64_t> parseInstant(std::string_view text, const TimeZone& zone) const;
  /// parse() as days since the epoch.
  std::optional<int32_t> parseDate(std::string_view text) const;

 private:
  struct Piece {
    /// A pattern letter; '\'' for a literal, '[' and ']' around what may be missing.
    char letter = 0;
    int count = 0;
    std::string literal;
    /// Digits that fixed-width fields right behind it need.
    int reserved = 0;
  };
  struct Fields;

  void write(int64_t localMicros, int32_t offset, const TimeZone& zone, int64_t utcSeconds,
             std::string& out) const;
  bool read(std::string_view text, size_t& at, size_t& piece, Fields& fields,
            bool isOptional) const;
  static bool readPiece(const Piece& piece, std::string_view text, size_t& at, Fields& fields);
  static std::optional<Parsed> resolve(const Fields& fields);

  std::vector<Piece> pieces_;
};

}  // namespace spate
