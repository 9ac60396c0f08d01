#include "spate/sources/files/PathGlob.h"

#include <algorithm>

namespace spate {
namespace {

/// The patterns that braces stand for: "a{b,c}" is "ab" and "ac".
std::vector<std::string> withoutBraces(std::string_view pattern) {
  size_t open = 0;
  while (open < pattern.size() && pattern[open] != '{') open += pattern[open] == '\\' ? 2 : 1;
  if (open >= pattern.size()) return {std::string(pattern)};
  std::vector<std::string> alternatives(1);
  int depth = 1;
  size_t at = open + 1;
  for (; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      alternatives.back().append(pattern.substr(at++, 2));
      continue;
    }
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) break;
    if (c == ',' && depth == 1) {
      alternatives.emplace_back();
    } else {
      alternatives.back() += c;
    }
  }
  if (depth > 0) return {std::string(pattern)};
  std::vector<std::string> patterns;
  for (const std::string& alternative : alternatives) {
    const std::string whole =
        std::string(pattern.substr(0, open)) + alternative + std::string(pattern.substr(at + 1));
    for (std::string& each : withoutBraces(whole)) patterns.push_back(std::move(each));
  }
  return patterns;
}

/// Matches one character against "[...]" at the front of the pattern; `size` is how long that is.
bool matchesClass(std::string_view pattern, char c, size_t& size) {
  size_t at = 1;
  const bool isNegated = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
  if (isNegated) ++at;
  bool matches = false;
  for (bool isFirst = true; at < pattern.size() && (isFirst || pattern[at] != ']');
       isFirst = false) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = pattern[at];
    char high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = pattern[at + 2];
      at += 2;
    }
    matches = matches || (c >= low && c <= high);
    ++at;
  }
  size = std::min(at + 1, pattern.size());
  return matches != isNegated;
}

bool matchesPlain(std::string_view pattern, std::string_view name) {
  // Where to go on when a match behind the last '*' fails.
  size_t starPattern = std::string_view::npos;
  size_t starName = 0;
  size_t p = 0;
  size_t n = 0;
  while (n < name.size()) {
    size_t size = 1;
    bool matches = false;
    if (p < pattern.size() && pattern[p] == '*') {
      starPattern = ++p;
      starName = n;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '[') {
        matches = matchesClass(pattern.substr(p), name[n], size);
      } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
        matches = pattern[p + 1] == name[n];
        size = 2;
      } else {
        matches = pattern[p] == '?' || pattern[p] == name[n];
      }
    }
    if (matches) {
      p += size;
      ++n;
    } else if (starPattern != std::string_view::npos) {
      p = starPattern;
      n = ++starName;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Walks down the parts of a pattern.
Status expand(FileSystem& files, const std::string& directory, std::string_view rest,
              std::vector<FileInfo>& found) {
  const size_t slash = rest.find('/');
  const std::string_view part = rest.substr(0, slash);
  const std::string_view below = slash == rest.npos ? std::string_view() : rest.substr(slash + 1);
  std::vector<FileInfo> matched;
  if (!isGlob(part)) {
    const Result<FileInfo> info = files.stat(joinPath(directory, part));
    if (info) matched.push_back(*info);
  } else {
    SPATE_ASSIGN_OR_RETURN(const std::vector<FileInfo> infos, files.list(directory));
    for (const FileInfo& info : infos) {
      const std::string_view name = fileName(info.path);
      const bool isHidden = name.starts_with('_') || name.starts_with('.');
      if (matchesGlob(part, name) && (!isHidden || part.front() == name.front()))
        matched.push_back(info);
    }
  }
  for (const FileInfo& info : matched) {
    if (below.empty()) {
      found.push_back(info);
    } else if (info.isDirectory) {
      SPATE_RETURN_IF_ERROR(expand(files, info.path, below, found));
    }
  }
  return Status::OK();
}

}  // namespace

bool isGlob(std::string_view text) { return text.find_first_of("*?[{\\") != text.npos; }

bool matchesGlob(std::string_view pattern, std::string_view name) {
  const std::vector<std::string> patterns = withoutBraces(pattern);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& each) { return matchesPlain(each, name); });
}

Result<std::vector<FileInfo>> expandGlob(FileSystem& files, const std::string& path) {
  std::vector<FileInfo> found;
  // A brace may hold slashes.
  for (const std::string& pattern : withoutBraces(path)) {
    std::string_view rest = pattern;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    if (rest.empty()) {
      SPATE_ASSIGN_OR_FAIL(FileInfo root, files.stat("/"));
      found.push_back(std::move(root));
    } else {
      SPATE_FAIL_IF_ERROR(expand(files, "/", rest, found));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return found;
}

}  // namespace spate
