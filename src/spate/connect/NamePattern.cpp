#include "spate/connect/NamePattern.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace spate {
namespace {

bool matchesOne(std::string_view name, std::string_view pattern) {
  // Where the last '*' was, and how far the text was then: enough to go back to.
  size_t n = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

bool matchesPattern(const std::string& name, const std::optional<std::string>& pattern) {
  if (!pattern) return true;
  const std::string text = lowered(name);
  const std::string all = lowered(*pattern);
  size_t begin = 0;
  while (begin <= all.size()) {
    const size_t end = std::min(all.find('|', begin), all.size());
    if (matchesOne(text, std::string_view(all).substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace spate
