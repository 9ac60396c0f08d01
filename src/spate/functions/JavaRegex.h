#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// A regular expression in Java's syntax over UTF-8 texts.
///
/// Errors  make: kInvalidArgument with PCRE2's reason for a pattern that Java would not take
/// either;
///         kUnsupported: intersections of classes ([a-z&&[^b]]), which PCRE2 has not
/// Threads immutable, but match() writes into a Match of the caller
class JavaRegex {
 public:
  /// Byte ranges of the last match; group 0 is all of it. A group that took no part is npos.
  class Match {
   public:
    struct Range {
      size_t begin = std::string_view::npos;
      size_t end = std::string_view::npos;
    };
    size_t begin() const { return groups_[0].begin; }
    size_t end() const { return groups_[0].end; }
    size_t groups() const { return groups_.size(); }
    /// The text of a group; empty when it took no part.
    std::string_view group(size_t index) const;
    bool took(size_t index) const { return groups_[index].begin != std::string_view::npos; }

   private:
    friend class JavaRegex;
    std::string_view text_;
    std::vector<Range> groups_;
  };

  struct Options {
    bool ignoreCase = false;
    /// The whole text has to match, and a dot takes line ends too: for LIKE.
    bool isLike = false;
  };

  static Result<std::shared_ptr<const JavaRegex>> make(std::string_view pattern, Options options);
  static Result<std::shared_ptr<const JavaRegex>> make(std::string_view pattern) {
    return make(pattern, Options{});
  }
  ~JavaRegex();
  JavaRegex(const JavaRegex&) = delete;
  JavaRegex& operator=(const JavaRegex&) = delete;

  /// Groups of the pattern, without group 0.
  size_t groupCount() const { return groupCount_; }
  /// The number of a named group, or 0.
  size_t groupNumber(const std::string& name) const;

  /// The first match at or behind byte `from`.
  bool find(std::string_view text, size_t from, Match& match) const;
  /// The next match after `match`, as Java's Matcher.find() goes on: behind an empty match by one
  /// character.
  bool findNext(Match& match) const;

 private:
  struct Code;
  explicit JavaRegex(std::unique_ptr<Code> code);

  std::unique_ptr<Code> code_;
  size_t groupCount_ = 0;
};

/// A replacement in Java's syntax, "$1-${name}\\$", read once.
///
/// Errors kInvalidArgument: a group that the pattern has not, or a lone "\\" or "$"
class JavaReplacement {
 public:
  static Result<JavaReplacement> make(std::string_view text, const JavaRegex& regex);
  void append(const JavaRegex::Match& match, std::string& out) const;

 private:
  struct Piece {
    std::string literal;
    size_t group = SIZE_MAX;
  };
  std::vector<Piece> pieces_;
};

}  // namespace spate
