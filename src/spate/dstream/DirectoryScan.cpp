#include "spate/dstream/DirectoryScan.h"

#include <fnmatch.h>

#include <algorithm>
#include <string_view>

namespace spate {
namespace {

bool isPattern(std::string_view text) { return text.find_first_of("*?[\\") != text.npos; }

/// "a{b,c}d" -> "abd", "acd"; braces may hold slashes and braces.
std::vector<std::string> expandBraces(const std::string& pattern) {
  const size_t open = pattern.find('{');
  if (open == pattern.npos) return {pattern};
  std::vector<std::string> choices(1);
  size_t at = open + 1;
  for (int depth = 1; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) break;
    if (c == ',' && depth == 1)
      choices.emplace_back();
    else
      choices.back() += c;
  }
  if (at == pattern.size()) return {pattern};  // never closed: a name with a brace
  std::vector<std::string> expanded;
  for (const std::string& choice : choices) {
    for (std::string& one : expandBraces(pattern.substr(0, open) + choice + pattern.substr(at + 1)))
      expanded.push_back(std::move(one));
  }
  return expanded;
}

/// Entries that vanish, and what cannot be looked into because it is no directory, match nothing.
bool isAbsence(const Status& status) { return status.code() == StatusCode::kNotFound; }

/// Replaces each directory of `found` by those of its children that fit `component`.
Status descend(FileSystem& files, const std::string& component, std::vector<std::string>& found) {
  std::vector<std::string> children;
  for (const std::string& directory : found) {
    if (!isPattern(component)) {
      children.push_back(joinPath(directory, component));
      continue;
    }
    const auto entries = files.list(directory);
    if (!entries && isAbsence(entries.error())) continue;
    if (!entries) return entries.error();
    for (const FileInfo& entry : *entries) {
      const std::string name(fileName(entry.path));
      if (entry.isDirectory && ::fnmatch(component.c_str(), name.c_str(), 0) == 0)
        children.push_back(joinPath(directory, name));
    }
  }
  found = std::move(children);
  return Status::OK();
}

Result<std::vector<std::string>> matchOne(FileSystem& files, const std::string& pattern) {
  std::vector<std::string> found{pattern.starts_with('/') ? "/" : "."};
  for (size_t at = 0; at < pattern.size();) {
    const size_t end = std::min(pattern.find('/', at), pattern.size());
    if (end > at) SPATE_FAIL_IF_ERROR(descend(files, pattern.substr(at, end - at), found));
    at = end + 1;
  }
  std::vector<std::string> directories;
  for (std::string& path : found) {
    const auto info = files.stat(path);
    if (!info && !isAbsence(info.error())) return failure(info.error());
    if (info && info->isDirectory) directories.push_back(std::move(path));
  }
  return directories;
}

}  // namespace

bool defaultFileFilter(const std::string& path) {
  const std::string_view name = fileName(path);
  return !name.starts_with('.') && !name.starts_with('_');
}

Result<std::vector<std::string>> matchDirectories(FileSystem& files, const std::string& pattern) {
  std::vector<std::string> all;
  for (const std::string& one : expandBraces(pattern)) {
    SPATE_ASSIGN_OR_FAIL(const auto found, matchOne(files, one));
    all.insert(all.end(), found.begin(), found.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace spate
