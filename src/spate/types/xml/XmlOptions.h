#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spate/base/Status.h"
#include "spate/types/DatetimePattern.h"
#include "spate/types/OptionMap.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// Spark's options of XML, for readers and writers alike. A value.
struct XmlOptions {
  /// What the session says where the options do not.
  struct Session {
    std::shared_ptr<const TimeZone> zone = TimeZone::utc();
    std::string columnNameOfCorruptRecord = "_corrupt_record";
    bool caseSensitive = false;
    bool prefersTimestampNtz = false;
    /// What "12:30" is a time of the day of.
    int64_t nowMicros = 0;
  };

  /// Elements of this name are rows.
  std::string rowTag = "ROW";
  std::string attributePrefix = "_";
  /// The column of the text of an element that has attributes or children, too.
  std::string valueTag = "_VALUE";
  std::optional<std::string> nullValue;

  // Reading.
  bool multiLine = true;
  bool excludesAttributes = false;
  bool ignoresSurroundingSpaces = true;
  bool ignoresNamespace = false;
  bool infersTypes = true;
  bool prefersDecimal = false;
  bool prefersDate = true;
  double samplingRatio = 1.0;
  std::string wildcardColumn = "xs_any";
  std::string corruptColumn = "_corrupt_record";
  /// Empty: what the file says about itself, or UTF-8.
  std::string encoding;
  /// Empty: the rules of CAST.
  std::shared_ptr<const DatetimePattern> datePattern;
  std::shared_ptr<const DatetimePattern> timestampPattern;
  std::shared_ptr<const DatetimePattern> timestampNtzPattern;

  // Writing.
  std::string rootTag = "ROWS";
  /// Empty: none.
  std::string declaration = R"(version="1.0" encoding="UTF-8" standalone="yes")";
  std::string arrayElementName = "item";
  /// Empty: each row on a line.
  std::string indent = "    ";
  bool validatesNames = true;
  std::shared_ptr<const DatetimePattern> dateOutput;
  std::shared_ptr<const DatetimePattern> timestampOutput;
  std::shared_ptr<const DatetimePattern> timestampNtzOutput;

  std::shared_ptr<const TimeZone> zone = TimeZone::utc();
  bool caseSensitive = false;
  bool prefersTimestampNtz = false;
  int64_t nowMicros = 0;

  /// Errors  XML_ROW_TAG_MISSING: files need a row tag; kInvalidArgument, in Spark's words;
  ///         kUnsupported: rowValidationXSDPath, singleVariantColumn, a locale that is not English
  static Result<XmlOptions> make(const OptionMap& options, const Session& session,
                                 bool needsRowTag);
};

}  // namespace spate
