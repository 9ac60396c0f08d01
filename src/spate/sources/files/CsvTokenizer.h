#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sources/files/CsvOptions.h"

namespace spate {

/// A value of a CSV record as it was written.
struct CsvToken {
  std::string_view text;
  bool isNull = false;
};

/// Cuts CSV records into values as Spark's parser does.
///
/// In      a line, or with multiLine the rest of a file
/// Out     views into the record, or into memory of the tokenizer that the next record reuses
/// Threads one at a time
class CsvTokenizer {
 public:
  explicit CsvTokenizer(const CsvOptions& options);

  /// All values of one line. A line of no bytes has one, null. False: more than maxColumns.
  bool tokenizeLine(std::string_view line, std::vector<CsvToken>& tokens);

  /// The values of the record at the front of `text`, which it is taken from together with its line
  /// end. Quoted values may hold line ends, which come out as \n.
  bool tokenizeRecord(std::string_view& text, std::vector<CsvToken>& tokens);

 private:
  bool tokenize(std::string_view text, bool endsAtLine, std::vector<CsvToken>& tokens,
                size_t& used);
  /// Of a value whose first character, at `at`, is a quote; false when the quotes do not hold and
  /// it has to be read as a plain value.
  bool quoted(std::string_view text, bool endsAtLine, size_t& at, CsvToken& token);
  bool startsDelimiter(std::string_view text, size_t at) const {
    return text[at] == delimiterStart_ &&
           (isSingle_ || text.substr(at).starts_with(options_.delimiter));
  }

  const CsvOptions options_;
  const char delimiterStart_;
  const bool isSingle_;
  /// Values that lost their escapes.
  std::vector<std::unique_ptr<std::string>> rewritten_;
  size_t rewrittenUsed_ = 0;
};

}  // namespace spate
