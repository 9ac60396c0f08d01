#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "spate/functions/Function.h"
#include "spate/types/DatetimePattern.h"
#include "spate/types/OptionMap.h"

namespace spate {

/// The options of from_json, to_json, from_csv and to_csv: names in any case.
class ConversionOptions {
 public:
  /// From the argument of the call: a constant map of texts.
  static Result<ConversionOptions> make(std::string_view name, std::span<const Argument> arguments,
                                        size_t index);
  const std::string* find(std::string_view name) const;
  /// "true" in any case, otherwise false; `given` where it is not set.
  bool flag(std::string_view name, bool given) const;
  /// The same for what reads and writes files, too.
  OptionMap asOptionMap() const { return OptionMap(values_); }

 private:
  std::map<std::string, std::string> values_;
};

/// Reads and writes dates and timestamps by the options dateFormat, timestampFormat,
/// timestampNTZFormat and timeZone, and everything else as casts do.
class TextConversion {
 public:
  static Result<TextConversion> make(const ConversionOptions& options,
                                     const SessionSettings& settings);

  /// A value of a type that is not nested. Empty: the text is none of it.
  std::optional<Datum> read(std::string_view text, const DataType& type) const;
  /// Appends the text of such a value, without quotes.
  void write(const Datum& value, const DataType& type, std::string& out) const;

 private:
  std::shared_ptr<const TimeZone> zone_;
  std::optional<DatetimePattern> date_;
  std::optional<DatetimePattern> timestamp_;
  std::optional<DatetimePattern> timestampNtz_;
};

/// How a malformed record is dealt with.
enum class MalformedMode : uint8_t { kPermissive, kFailFast };
/// Errors: PARSE_MODE_UNSUPPORTED for DROPMALFORMED, which makes no sense for one value.
Result<MalformedMode> parseModeOf(std::string_view function, const ConversionOptions& options);

/// The type with all of its parts nullable: what is read out of texts may miss any.
DataType asNullable(const DataType& type);

/// The type in a constant argument: DDL or JSON text.
Result<DataType> constantSchema(std::string_view name, std::span<const Argument> arguments,
                                size_t index);

}  // namespace spate
