#include "spate/functions/JavaRegex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <utility>

#include "spate/functions/TextScan.h"

namespace spate {
namespace {

/// Java's names of classes that PCRE2 spells in another way, for use inside brackets.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kClassNames = {{
    {"Lower", "[:lower:]"},       {"Upper", "[:upper:]"},     {"ASCII", "\\x00-\\x7F"},
    {"Alpha", "[:alpha:]"},       {"Digit", "[:digit:]"},     {"Alnum", "[:alnum:]"},
    {"Punct", "[:punct:]"},       {"Graph", "[:graph:]"},     {"Print", "[:print:]"},
    {"Blank", "[:blank:]"},       {"Cntrl", "[:cntrl:]"},     {"XDigit", "[:xdigit:]"},
    {"Space", "[:space:]"},       {"IsAlphabetic", "\\p{L}"}, {"IsLetter", "\\p{L}"},
    {"IsDigit", "\\p{Nd}"},       {"IsUppercase", "\\p{Lu}"}, {"IsLowercase", "\\p{Ll}"},
    {"IsPunctuation", "\\p{P}"},  {"IsWhite_Space", "\\s"},   {"javaLowerCase", "\\p{Ll}"},
    {"javaUpperCase", "\\p{Lu}"}, {"javaWhitespace", "\\s"},  {"IsLatin", "\\p{Latin}"},
}};

std::string_view classOf(std::string_view name) {
  for (const auto& [java, ours] : kClassNames)
    if (java == name) return ours;
  return {};
}

/// Java's pattern in PCRE2's spelling.
Result<std::string> translated(std::string_view pattern) {
  std::string out;
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[i + 1];
      if (next == 'Q') {
        const size_t end = pattern.find("\\E", i + 2);
        const size_t stop = end == std::string_view::npos ? pattern.size() : end + 2;
        out += pattern.substr(i, stop - i);
        i = stop - 1;
        continue;
      }
      if (next == 'u' && i + 5 < pattern.size()) {
        out += "\\x{";
        out += pattern.substr(i + 2, 4);
        out += '}';
        i += 5;
        continue;
      }
      if ((next == 'p' || next == 'P') && i + 2 < pattern.size() && pattern[i + 2] == '{') {
        const size_t end = pattern.find('}', i);
        if (end != std::string_view::npos) {
          std::string_view name = pattern.substr(i + 3, end - i - 3);
          const std::string_view ours = classOf(name);
          if (!ours.empty() && (next == 'p' || depth == 0)) {
            if (depth == 0) out += next == 'P' ? "[^" : "[";
            out += ours;
            if (depth == 0) out += ']';
            i = end;
            continue;
          }
          if (name.starts_with("Is") && name.size() > 2) name.remove_prefix(2);
          out += '\\';
          out += next;
          out += '{';
          out += name;
          out += '}';
          i = end;
          continue;
        }
      }
      out += c;
      out += next;
      ++i;
      continue;
    }
    if (c == '[') {
      if (depth > 0) {
        // A class in a class is a union; only a plain one can be written flat.
        if (i + 1 < pattern.size() && pattern[i + 1] == '^') {
          return failure(Status::unsupported("a negated class inside a class"));
        }
        ++depth;
        continue;
      }
      ++depth;
      out += c;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
      continue;
    }
    if (c == ']' && depth > 0) {
      if (--depth == 0) out += c;
      continue;
    }
    if (c == '&' && depth > 0 && pattern.substr(i).starts_with("&&")) {
      return failure(Status::unsupported("an intersection of classes (&&)"));
    }
    out += c;
  }
  if (depth > 0) return failure(Status::invalidArgument("Unclosed character class"));
  return out;
}

struct MatchDataDeleter {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

}  // namespace

struct JavaRegex::Code {
  pcre2_code* compiled = nullptr;
  ~Code() { pcre2_code_free(compiled); }
};

std::string_view JavaRegex::Match::group(size_t index) const {
  if (!took(index)) return {};
  return text_.substr(groups_[index].begin, groups_[index].end - groups_[index].begin);
}

JavaRegex::JavaRegex(std::unique_ptr<Code> code) : code_(std::move(code)) {
  uint32_t count = 0;
  pcre2_pattern_info(code_->compiled, PCRE2_INFO_CAPTURECOUNT, &count);
  groupCount_ = count;
}

JavaRegex::~JavaRegex() = default;

Result<std::shared_ptr<const JavaRegex>> JavaRegex::make(std::string_view pattern,
                                                         Options options) {
  SPATE_ASSIGN_OR_FAIL(const std::string ours, translated(pattern));
  // As in Java, \w and \d are ASCII, and any line end, not only \n, stops a dot.
  uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (options.ignoreCase) flags |= PCRE2_CASELESS;
  if (options.isLike) flags |= PCRE2_DOTALL | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
  const std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANY);
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_unique<Code>();
  code->compiled = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(ours.data()), ours.size(), flags,
                                 &error, &offset, context.get());
  if (code->compiled == nullptr) {
    std::array<char, 256> message{};
    pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(message.data()), message.size());
    return failure(Status::invalidArgument(message.data()));
  }
  // Without the just-in-time compiler it is only slower.
  static_cast<void>(pcre2_jit_compile(code->compiled, PCRE2_JIT_COMPLETE));
  return std::shared_ptr<const JavaRegex>(new JavaRegex(std::move(code)));
}

size_t JavaRegex::groupNumber(const std::string& name) const {
  const int number =
      pcre2_substring_number_from_name(code_->compiled, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
  return number > 0 ? static_cast<size_t>(number) : 0;
}

bool JavaRegex::find(std::string_view text, size_t from, Match& match) const {
  if (from > text.size()) return false;
  // One per thread is enough: a match is copied out at once.
  thread_local std::unique_ptr<pcre2_match_data, MatchDataDeleter> data;
  if (data == nullptr || pcre2_get_ovector_count(data.get()) < groupCount_ + 1)
    data.reset(pcre2_match_data_create(static_cast<uint32_t>(groupCount_ + 1), nullptr));
  const char* start = text.data() == nullptr ? "" : text.data();
  const int found = pcre2_match(code_->compiled, reinterpret_cast<PCRE2_SPTR>(start), text.size(),
                                from, 0, data.get(), nullptr);
  if (found < 0) return false;
  const PCRE2_SIZE* ranges = pcre2_get_ovector_pointer(data.get());
  match.text_ = text;
  match.groups_.resize(groupCount_ + 1);
  for (size_t i = 0; i <= groupCount_; ++i) {
    const bool took = static_cast<int>(i) < found && ranges[2 * i] != PCRE2_UNSET;
    match.groups_[i] = took ? Match::Range{ranges[2 * i], ranges[2 * i + 1]} : Match::Range{};
  }
  return true;
}

bool JavaRegex::findNext(Match& match) const {
  size_t from = match.end();
  if (match.begin() == match.end()) {
    if (from >= match.text_.size()) return false;
    from += characterSize(match.text_[from]);
  }
  return find(match.text_, from, match);
}

Result<JavaReplacement> JavaReplacement::make(std::string_view text, const JavaRegex& regex) {
  const auto invalid = [](std::string message) {
    return failure(Status::invalidArgument(std::move(message)));
  };
  JavaReplacement replacement;
  std::string literal;
  const auto addGroup = [&](size_t group) {
    if (!literal.empty()) replacement.pieces_.push_back({std::exchange(literal, {}), SIZE_MAX});
    replacement.pieces_.push_back({{}, group});
  };
  const auto isDigit = [&](size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (++i == text.size()) return invalid("character to be escaped is missing");
      literal += text[i];
    } else if (text[i] != '$') {
      literal += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '{') {
      const size_t end = text.find('}', i);
      if (end == std::string_view::npos) return invalid("named capturing group is missing '}'");
      const std::string name(text.substr(i + 2, end - i - 2));
      const size_t group = regex.groupNumber(name);
      if (group == 0) return invalid("No group with name {" + name + "}");
      addGroup(group);
      i = end;
    } else {
      if (!isDigit(i + 1)) return invalid("Illegal group reference");
      size_t group = static_cast<size_t>(text[++i] - '0');
      if (group > regex.groupCount()) return invalid("No group " + std::to_string(group));
      while (isDigit(i + 1)) {
        const size_t longer = group * 10 + static_cast<size_t>(text[i + 1] - '0');
        if (longer > regex.groupCount()) break;
        group = longer;
        ++i;
      }
      addGroup(group);
    }
  }
  if (!literal.empty()) replacement.pieces_.push_back({std::move(literal), SIZE_MAX});
  return replacement;
}

void JavaReplacement::append(const JavaRegex::Match& match, std::string& out) const {
  for (const Piece& piece : pieces_) {
    if (piece.group == SIZE_MAX) {
      out += piece.literal;
    } else {
      out += match.group(piece.group);
    }
  }
}

}  // namespace spate
