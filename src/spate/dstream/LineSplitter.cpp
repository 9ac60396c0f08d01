#include "spate/dstream/LineSplitter.h"

#include <cstring>

#include "spate/types/Utf8.h"

namespace spate {

char* LineSplitter::prepare(size_t size) {
  // The lines handed out before are done with: only the open one is kept.
  if (lineStart_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + lineStart_, used_ - lineStart_);
    used_ -= lineStart_;
    lineStart_ = 0;
  }
  if (buffer_.size() < used_ + size) buffer_.resize(std::max(used_ + size, 2 * used_));
  return buffer_.data() + used_;
}

const std::vector<std::string_view>& LineSplitter::split(size_t size) {
  lines_.clear();
  const char* const begin = buffer_.data();
  const char* const end = begin + used_ + size;
  const char* line = begin + lineStart_;
  const char* from = begin + used_;
  while (from < end) {
    const auto* newline =
        static_cast<const char*>(std::memchr(from, '\n', static_cast<size_t>(end - from)));
    const char* stop = newline == nullptr ? end : newline;
    tooLong_ = static_cast<size_t>(stop - line) > maxLineBytes_;
    if (newline == nullptr || tooLong_) break;
    if (stop > line && stop[-1] == '\r') --stop;
    lines_.emplace_back(line, static_cast<size_t>(stop - line));
    from = line = newline + 1;
  }
  const auto begun = static_cast<size_t>(line - begin);
  const bool valid = lines_.empty() || isValidUtf8({begin + lineStart_, begun - lineStart_});
  lineStart_ = begun;
  used_ += size;
  if (!valid) repairLines();
  return lines_;
}

const std::vector<std::string_view>& LineSplitter::finish() {
  lines_.clear();
  if (used_ > lineStart_ && !tooLong_) {
    std::string_view rest(buffer_.data() + lineStart_, used_ - lineStart_);
    if (rest.ends_with('\r')) rest.remove_suffix(1);
    lines_.push_back(rest);
    if (!isValidUtf8(rest)) repairLines();
  }
  lineStart_ = used_;
  return lines_;
}

void LineSplitter::repairLines() {
  repaired_.clear();
  repaired_.reserve(lines_.size());  // the views must not move
  for (std::string_view& line : lines_) {
    if (isValidUtf8(line)) continue;
    std::string& text = repaired_.emplace_back();
    replacements_ += static_cast<int64_t>(appendRepairedUtf8(line, text));
    line = text;
  }
}

}  // namespace spate
