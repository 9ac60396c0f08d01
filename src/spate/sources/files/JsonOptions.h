#pragma once

#include <memory>
#include <optional>
#include <string>

#include "spate/sources/files/FileScan.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/TextValue.h"

namespace spate {

/// Spark's options for reading JSON.
struct JsonOptions {
  // What is taken beside strict JSON.
  bool allowComments = false;
  bool allowUnquotedFieldNames = false;
  bool allowSingleQuotes = true;
  bool allowNumericLeadingZeros = false;
  bool allowNonNumericNumbers = true;
  bool allowBackslashEscapingAnyCharacter = false;
  bool allowUnquotedControlChars = false;
  // Inference.
  bool primitivesAsString = false;
  bool prefersDecimal = false;
  bool dropFieldIfAllNull = false;
  bool infersTimestamp = false;
  double samplingRatio = 1.0;

  bool multiLine = false;
  std::string encoding = "UTF-8";
  std::optional<std::string> lineSeparator;
  ParseMode mode = ParseMode::kPermissive;
  std::string corruptColumn;
  std::shared_ptr<const TextValueParser> values;

  /// Errors  kInvalidArgument, with Spark's words; kUnsupported: a locale other than en-US
  static Result<JsonOptions> make(const OptionMap& options, const FileReadSettings& settings);
};

}  // namespace spate
