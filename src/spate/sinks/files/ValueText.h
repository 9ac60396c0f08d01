#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <optional>
#include <string>

#include "spate/sinks/files/FileWriter.h"
#include "spate/types/DatetimePattern.h"

namespace spate {

/// The texts of single values in csv and json files.
///
/// Threads: immutable
class ValueText {
 public:
  /// Options  dateFormat, timestampFormat, timestampNTZFormat, timeZone
  static Result<ValueText> make(const FileOutput& output);

  /// Appends a value that is not null, of a type without parts.
  void append(const arrow::Array& column, const DataType& type, int64_t row,
              std::string& out) const;

 private:
  ValueText(DatetimePattern date, DatetimePattern timestamp, DatetimePattern timestampNtz,
            std::shared_ptr<const TimeZone> zone);

  DatetimePattern date_;
  DatetimePattern timestamp_;
  DatetimePattern timestampNtz_;
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace spate
