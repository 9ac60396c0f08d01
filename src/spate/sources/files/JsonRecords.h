#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sources/files/JsonOptions.h"
#include "spate/sources/files/LineReader.h"

namespace spate {

/// The texts that are parsed as JSON: lines, or with multiLine a whole file.
///
/// Threads one at a time
class JsonRecords {
 public:
  static Result<std::unique_ptr<JsonRecords>> open(const FilePart& part,
                                                   const JsonOptions& options);

  /// Goes to the next text; false at the end.
  Result<bool> next();
  /// Good until next().
  std::string_view text() const { return text_; }

 private:
  JsonRecords() = default;

  std::unique_ptr<LineReader> lineReader_;
  std::vector<std::string_view> lines_;
  size_t line_ = 0;
  std::string whole_;
  bool hasWhole_ = false;
  std::string_view text_;
};

}  // namespace spate
