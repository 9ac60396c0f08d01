#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sources/files/CsvTokenizer.h"
#include "spate/sources/files/FileScan.h"
#include "spate/sources/files/LineReader.h"

namespace spate {

/// The records of a part of a CSV file: a line each, or with multiLine what quotes make of it.
/// Empty lines, comments and the header are left out.
///
/// Threads one at a time
class CsvRecords {
 public:
  static Result<std::unique_ptr<CsvRecords>> open(const FilePart& part, const CsvOptions& options);

  /// The header of the file, when this part has it and the option says so.
  const std::optional<std::vector<CsvToken>>& header() const { return header_; }

  /// Goes to the next record; false at the end.
  Result<bool> next();

  // The record; good until next().
  const std::vector<CsvToken>& tokens() const { return tokens_; }
  /// False: it has more than maxColumns values.
  bool fits() const { return fits_; }
  std::string_view text() const { return text_; }

 private:
  explicit CsvRecords(const CsvOptions& options)
      : options_(options), tokenizer_(options), headerTokenizer_(options) {}

  Status start(const FilePart& part);
  bool isSkipped(std::string_view line) const;

  const CsvOptions options_;
  CsvTokenizer tokenizer_;
  CsvTokenizer headerTokenizer_;
  std::unique_ptr<LineReader> lineReader_;
  std::vector<std::string_view> lines_;
  size_t line_ = 0;
  /// With multiLine: the whole file and what is left of it.
  std::string whole_;
  std::string_view rest_;
  std::optional<std::vector<CsvToken>> header_;
  std::string headerText_;
  std::vector<CsvToken> tokens_;
  bool fits_ = true;
  std::string_view text_;
};

}  // namespace spate
