#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "spate/types/DataType.h"
#include "spate/types/DatetimePattern.h"
#include "spate/types/Datum.h"
#include "spate/types/TimeZone.h"

namespace arrow {
class ArrayBuilder;
}

namespace spate {

// Numbers as Java's parseInt, parseDouble and BigDecimal read them. Empty: not one, or too large.
std::optional<int64_t> parseWholeNumber(std::string_view text);
std::optional<double> parseDoubleText(std::string_view text);
std::optional<float> parseFloatText(std::string_view text);
/// Rounded half up to `scale` digits. Empty also: more digits than `precision`.
std::optional<Int128> parseDecimalText(std::string_view text, int precision, int scale);
/// How many digits a whole number has ("1e3" is one too); empty: it is none, or has a fraction.
std::optional<int> wholeDigits(std::string_view text);

/// A text as a value of a type without parts; times by the rules of CAST. Empty: it is none.
std::optional<Datum> parseTextValue(std::string_view text, const DataType& type,
                                    const TimeZone& zone);

/// How texts become values of one column: what csv and json share.
///
/// Threads: immutable
class TextValueParser {
 public:
  struct Options {
    std::shared_ptr<const TimeZone> zone;
    /// Empty: the rules of CAST.
    std::shared_ptr<const DatetimePattern> datePattern = nullptr;
    std::shared_ptr<const DatetimePattern> timestampPattern = nullptr;
    std::shared_ptr<const DatetimePattern> timestampNtzPattern = nullptr;
    std::string nanValue = "NaN";
    std::string positiveInfinity = "Inf";
    std::string negativeInfinity = "-Inf";
  };

  explicit TextValueParser(Options options) : options_(std::move(options)) {}

  /// Appends the value to a builder made for toArrowType(type), which has no parts; false when the
  /// text is none, and then nothing is appended.
  bool append(std::string_view text, const DataType& type, arrow::ArrayBuilder& builder) const;

  std::optional<int32_t> date(std::string_view text) const;
  std::optional<int64_t> timestamp(std::string_view text) const;
  std::optional<int64_t> timestampNtz(std::string_view text) const;

  const Options& options() const { return options_; }

 private:
  std::optional<double> number(std::string_view text) const;

  Options options_;
};

}  // namespace spate
