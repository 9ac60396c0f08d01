#include "spate/sources/files/JsonRecords.h"

#include <utility>

namespace spate {

Result<std::unique_ptr<JsonRecords>> JsonRecords::open(const FilePart& part,
                                                       const JsonOptions& options) {
  std::unique_ptr<JsonRecords> records(new JsonRecords());
  if (options.multiLine) {
    SPATE_ASSIGN_OR_FAIL(records->whole_, readWholeText(part.file.path, options.encoding));
    records->hasWhole_ = true;
    return records;
  }
  LineReader::Options lines;
  lines.start = part.start;
  lines.length = part.length;
  lines.separator = options.lineSeparator;
  lines.encoding = options.encoding;
  SPATE_ASSIGN_OR_FAIL(records->lineReader_, LineReader::open(part.file.path, std::move(lines)));
  return records;
}

Result<bool> JsonRecords::next() {
  if (lineReader_ == nullptr) {
    text_ = whole_;
    return std::exchange(hasWhole_, false);
  }
  if (line_ == lines_.size()) {
    constexpr size_t kLinesAtOnce = 4096;
    SPATE_ASSIGN_OR_FAIL(lines_, lineReader_->next(kLinesAtOnce));
    line_ = 0;
    if (lines_.empty()) return false;
  }
  text_ = lines_[line_++];
  return true;
}

}  // namespace spate
