#pragma once

#include <cstddef>
#include <iterator>
#include <ranges>
#include <string_view>

namespace spate {

/// The words of a line as views into it, found while one walks: what Python's line.split() gives.
/// Words are separated by runs of ASCII white space.
///
///     lines.flatMap([](const std::string& line) { return splitWords(line); })
///
/// makes no vector and no strings. The views live as long as the line: in a chain of RDD or
/// DStream transformations that is until the chain's end; what is kept (shuffles, caches,
/// collect) is copied (types/Owned.h).
class WordsView : public std::ranges::view_interface<WordsView> {
 public:
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    explicit iterator(std::string_view text) : next_(text.data()), end_(text.data() + text.size()) {
      advance();
    }
    std::string_view operator*() const { return word_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return word_.empty(); }

   private:
    static bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
    void advance() {
      while (next_ != end_ && isSpace(*next_)) ++next_;
      const char* begin = next_;
      while (next_ != end_ && !isSpace(*next_)) ++next_;
      word_ = std::string_view(begin, static_cast<size_t>(next_ - begin));
    }

    const char* next_ = nullptr;
    const char* end_ = nullptr;
    std::string_view word_;
  };

  WordsView() = default;
  explicit WordsView(std::string_view text) : text_(text) {}
  iterator begin() const { return iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
};

inline WordsView splitWords(std::string_view line) { return WordsView(line); }

/// The parts between the separators, as views: what Python's line.split(",") gives. "a,,b" has
/// three parts, "" has one.
class PartsView : public std::ranges::view_interface<PartsView> {
 public:
  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(std::string_view text, char separator) : rest_(text), separator_(separator) {
      advance();
    }
    std::string_view operator*() const { return part_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    void advance() {
      if (last_) {
        done_ = true;
        return;
      }
      const size_t at = rest_.find(separator_);
      last_ = at == std::string_view::npos;
      part_ = rest_.substr(0, at);
      if (!last_) rest_.remove_prefix(at + 1);
    }

    std::string_view rest_;
    std::string_view part_;
    char separator_ = ' ';
    bool last_ = false;
    bool done_ = false;
  };

  PartsView() = default;
  PartsView(std::string_view text, char separator) : text_(text), separator_(separator) {}
  iterator begin() const { return {text_, separator_}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
  char separator_ = ' ';
};

inline PartsView split(std::string_view line, char separator) { return {line, separator}; }

}  // namespace spate
