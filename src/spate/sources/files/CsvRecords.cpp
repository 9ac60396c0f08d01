#include "spate/sources/files/CsvRecords.h"

#include <algorithm>

namespace spate {
namespace {

constexpr size_t kLinesAtOnce = 4096;

}  // namespace

Result<std::unique_ptr<CsvRecords>> CsvRecords::open(const FilePart& part,
                                                     const CsvOptions& options) {
  std::unique_ptr<CsvRecords> records(new CsvRecords(options));
  SPATE_FAIL_IF_ERROR(records->start(part));
  return records;
}

Status CsvRecords::start(const FilePart& part) {
  if (options_.multiLine) {
    SPATE_ASSIGN_OR_RETURN(whole_, readWholeText(part.file.path, options_.encoding));
    rest_ = whole_;
  } else {
    LineReader::Options options;
    options.start = part.start;
    options.length = part.length;
    options.separator = options_.lineSeparator;
    options.encoding = options_.encoding;
    SPATE_ASSIGN_OR_RETURN(lineReader_, LineReader::open(part.file.path, std::move(options)));
  }
  if (!options_.header || part.start > 0) return Status::OK();
  SPATE_ASSIGN_OR_RETURN(const bool hasHeader, next());
  if (!hasHeader) return Status::OK();
  headerText_ = text_;
  header_.emplace();
  headerTokenizer_.tokenizeLine(headerText_, *header_);
  return Status::OK();
}

bool CsvRecords::isSkipped(std::string_view line) const {
  const bool isBlank = std::all_of(line.begin(), line.end(),
                                   [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  return isBlank || (options_.comment != '\0' && line.starts_with(options_.comment));
}

Result<bool> CsvRecords::next() {
  if (options_.multiLine) {
    while (!rest_.empty()) {
      const std::string_view line = rest_.substr(0, rest_.find_first_of("\r\n"));
      const bool skip = isSkipped(line);
      const std::string_view before = rest_;
      if (skip) {
        rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
        continue;
      }
      fits_ = tokenizer_.tokenizeRecord(rest_, tokens_);
      text_ = before.substr(0, before.size() - rest_.size());
      while (text_.ends_with('\n') || text_.ends_with('\r')) text_.remove_suffix(1);
      return true;
    }
    return false;
  }
  while (true) {
    if (line_ == lines_.size()) {
      SPATE_ASSIGN_OR_FAIL(lines_, lineReader_->next(kLinesAtOnce));
      line_ = 0;
      if (lines_.empty()) return false;
    }
    text_ = lines_[line_++];
    // Most lines begin with what is no space: then they are neither blank nor, in general, a
    // comment.
    if ((text_.empty() || static_cast<unsigned char>(text_.front()) <= ' ' ||
         text_.front() == options_.comment) &&
        isSkipped(text_))
      continue;
    fits_ = tokenizer_.tokenizeLine(text_, tokens_);
    return true;
  }
}

}  // namespace spate
