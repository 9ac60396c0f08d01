#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spate {

/// Cuts a stream of bytes into lines of UTF-8: at "\n" or "\r\n". What is not UTF-8 becomes U+FFFD.
///
/// In      chunks of bytes, cut anywhere
/// Out     the lines that end in each, as views that live until the next call
/// Kept    the beginning of the line that has not ended yet
/// Threads one at a time
class LineSplitter {
 public:
  explicit LineSplitter(size_t maxLineBytes) : maxLineBytes_(maxLineBytes) {}

  /// Where the caller puts the next chunk: room for `size` bytes.
  char* prepare(size_t size);
  /// The lines that end in the first `size` bytes of what was put there. A line that is too long
  /// ends them: see tooLong().
  const std::vector<std::string_view>& split(size_t size);
  /// The stream has ended: what has come of the last line, if anything.
  const std::vector<std::string_view>& finish();

  /// A line grew beyond the limit: this splitter is of no more use.
  bool tooLong() const { return tooLong_; }
  /// How many U+FFFD were put in so far.
  int64_t replacements() const { return replacements_; }

 private:
  void repairLines();

  const size_t maxLineBytes_;
  std::string buffer_;
  size_t used_ = 0;       // bytes of buffer_ that hold something
  size_t lineStart_ = 0;  // of the line that has not ended yet
  std::vector<std::string_view> lines_;
  std::vector<std::string> repaired_;
  bool tooLong_ = false;
  int64_t replacements_ = 0;
};

}  // namespace spate
