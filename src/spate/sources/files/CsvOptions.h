#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spate/sources/files/FileScan.h"
#include "spate/sources/files/FormatErrors.h"
#include "spate/sources/files/TextValue.h"

namespace spate {

/// Spark's options for reading CSV. What Spark has and is not here is refused by make().
struct CsvOptions {
  std::string delimiter = ",";
  /// '\0': none.
  char quote = '"';
  char escape = '\\';
  char escapeOfEscape = '\\';
  char comment = '\0';
  bool header = false;
  bool enforceSchema = true;
  bool inferSchema = false;
  bool prefersDate = true;
  bool multiLine = false;
  bool ignoresLeadingSpace = false;
  bool ignoresTrailingSpace = false;
  double samplingRatio = 1.0;
  int64_t maxColumns = 20480;
  std::string nullValue;
  std::string emptyValue;
  std::string encoding = "UTF-8";
  std::optional<std::string> lineSeparator;
  ParseMode mode = ParseMode::kPermissive;
  std::string corruptColumn;
  std::shared_ptr<const TextValueParser> values;

  /// Errors  kInvalidArgument, with Spark's words; kUnsupported: a locale other than en-US
  static Result<CsvOptions> make(const OptionMap& options, const FileReadSettings& settings);
};

/// The parser of values that csv and json share: dateFormat, timestampFormat, timestampNTZFormat,
/// timeZone, locale.
Result<TextValueParser::Options> textValueOptions(const OptionMap& options,
                                                  const FileReadSettings& settings);

}  // namespace spate
