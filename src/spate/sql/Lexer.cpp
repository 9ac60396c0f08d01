#include "spate/sql/Lexer.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/types/Utf8.h"

namespace spate::sql {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// Bytes of other letters are taken for parts of a word; which words are allowed the parser says.
bool isWordByte(char c) {
  return isLetter(c) || isDigit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool isWideSpace(char32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (;;) {
      SPATE_FAIL_IF_ERROR(skipSpace());
      if (at_ == text_.size()) break;
      next();
    }
    tokens_.push_back({TokenKind::kEnd, text_.substr(at_), at_, {}, 0, parameters_});
    matchBrackets();
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool startsWith(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  Status skipSpace() {
    while (at_ < text_.size()) {
      const char c = peek();
      if (std::string_view(" \t\n\f\r\v").find(c) != std::string_view::npos) {
        ++at_;
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        const Utf8CodePoint point = utf8CodePointAt(text_, at_);
        if (!isWideSpace(point.value)) break;
        at_ += point.size;
      } else if (startsWith("--")) {
        skipLineComment();
      } else if (startsWith("/*") && peek(2) != '+') {
        SPATE_RETURN_IF_ERROR(skipBracketedComment());
      } else {
        break;
      }
    }
    return Status::OK();
  }

  void skipLineComment() {
    while (at_ < text_.size() && peek() != '\n' && peek() != '\r') {
      at_ += startsWith("\\\n") ? 2 : 1;
    }
  }

  Status skipBracketedComment() {
    int depth = 0;
    do {
      if (at_ >= text_.size()) {
        return Status::invalidArgument(
                   "Found an unclosed bracketed comment. Please, append */ at the end of the "
                   "comment.")
            .withErrorClass("UNCLOSED_BRACKETED_COMMENT", "42601");
      }
      if (startsWith("/*") && peek(2) != '+') {
        ++depth;
        at_ += 2;
      } else if (startsWith("*/")) {
        --depth;
        at_ += 2;
      } else {
        ++at_;
      }
    } while (depth > 0);
    return Status::OK();
  }

  void add(TokenKind kind, size_t end, std::string word) {
    tokens_.push_back({kind, text_.substr(at_, end - at_), at_, std::move(word), 0, parameters_});
    at_ = end;
  }

  void next() {
    const char c = peek();
    if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
      if (number()) return;
    }
    if (c == '\'' || c == '"') return string(at_, false);
    if (asciiUpper(c) == 'R' && (peek(1) == '\'' || peek(1) == '"')) return string(at_ + 1, true);
    if (c == '`') return quoted();
    if (isWordByte(c)) return word();
    op();
  }

  size_t digitsFrom(size_t from) const {
    while (from < text_.size() && isDigit(text_[from])) ++from;
    return from;
  }
  size_t wordEnd(size_t from) const {
    while (from < text_.size() && isWordByte(text_[from])) {
      const auto byte = static_cast<unsigned char>(text_[from]);
      if (byte >= 0x80) {
        const Utf8CodePoint point = utf8CodePointAt(text_, from);
        if (isWideSpace(point.value)) break;
        from += point.size;
      } else {
        ++from;
      }
    }
    return from;
  }

  /// The longest of a number and a word (`1a` is a name) wins, as in Spark.
  bool number() {
    size_t end = digitsFrom(at_);
    const bool hasPoint = end < text_.size() && text_[end] == '.';
    if (hasPoint) end = digitsFrom(end + 1);
    bool hasExponent = false;
    if (end < text_.size() && asciiUpper(text_[end]) == 'E') {
      size_t digits = end + 1;
      if (digits < text_.size() && (text_[digits] == '+' || text_[digits] == '-')) ++digits;
      if (digitsFrom(digits) > digits) {
        hasExponent = true;
        end = digitsFrom(digits);
      }
    }
    const size_t digitsEnd = end;
    const TokenKind kind = suffix(hasPoint, hasExponent, end);
    if (hasPoint && end < text_.size() && isWordByte(text_[end])) return integerBeforePoint();
    if (!hasPoint && wordEnd(at_) > end) return false;
    add(kind, end, std::string(text_.substr(at_, digitsEnd - at_)));
    return true;
  }

  TokenKind suffix(bool hasPoint, bool hasExponent, size_t& end) const {
    const char c = end < text_.size() ? asciiUpper(text_[end]) : '\0';
    if (c == 'B' && end + 1 < text_.size() && asciiUpper(text_[end + 1]) == 'D') {
      end += 2;
      return TokenKind::kBigDecimal;
    }
    const bool whole = !hasPoint && !hasExponent;
    std::optional<TokenKind> kind;
    if (c == 'D') kind = TokenKind::kDouble;
    if (c == 'F') kind = TokenKind::kFloat;
    if (c == 'L' && whole) kind = TokenKind::kLong;
    if (c == 'S' && whole) kind = TokenKind::kShort;
    if (c == 'Y' && whole) kind = TokenKind::kByte;
    if (kind) {
      ++end;
      return *kind;
    }
    if (hasExponent) return TokenKind::kExponent;
    return hasPoint ? TokenKind::kDecimal : TokenKind::kInteger;
  }

  /// In 1.5x the point belongs to no number.
  bool integerBeforePoint() {
    const size_t end = digitsFrom(at_);
    if (end == at_) return false;
    add(TokenKind::kInteger, end, std::string(text_.substr(at_, end - at_)));
    return true;
  }

  void string(size_t quoteAt, bool raw) {
    const char quote = text_[quoteAt];
    for (size_t i = quoteAt + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && !raw) {
        ++i;
      } else if (text_[i] == quote) {
        // A doubled quote is a quote.
        if (!raw && i + 1 < text_.size() && text_[i + 1] == quote) {
          ++i;
          continue;
        }
        std::string value = unescapeString(text_.substr(at_, i + 1 - at_));
        return add(TokenKind::kString, i + 1, std::move(value));
      }
    }
    if (raw) return word();
    add(TokenKind::kUnknown, at_ + 1, {});
  }

  void quoted() {
    std::string name;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '`') {
        if (i + 1 == text_.size() || text_[i + 1] != '`') {
          return add(TokenKind::kQuoted, i + 1, std::move(name));
        }
        ++i;
      }
      name += text_[i];
    }
    add(TokenKind::kUnknown, at_ + 1, {});
  }

  void word() {
    size_t end = wordEnd(at_);
    // A path without quotes is one word, so that the error can name it.
    if (text_.substr(end, 3) == "://") {
      bool letters = true;
      for (size_t i = at_; i < end; ++i) letters = letters && !isDigit(text_[i]) && text_[i] != '_';
      const auto inPath = [&](char c) {
        return isWordByte(c) || std::string_view("/-.?=&#%").find(c) != std::string_view::npos;
      };
      if (letters && end + 3 < text_.size() && inPath(text_[end + 3])) {
        end += 3;
        while (end < text_.size() && inPath(text_[end])) ++end;
      }
    }
    std::string name(text_.substr(at_, end - at_));
    for (char& c : name) c = asciiUpper(c);
    add(TokenKind::kWord, end, std::move(name));
  }

  void op() {
    // Longer ones first. ">" stays alone: two of them may close a type; see Parser::atShift().
    static constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
        {"/*+", "/*+"}, {"<=>", "<=>"}, {"*/", "*/"}, {"==", "="},  {"<>", "<>"}, {"!=", "!="},
        {"<=", "<="},   {"!>", "<="},   {">=", ">="}, {"!<", ">="}, {"<<", "<<"}, {"||", "||"},
        {"|>", "|>"},   {"::", "::"},   {"->", "->"}, {"=>", "=>"}};
    for (const auto& [spelling, meaning] : kOperators) {
      if (startsWith(spelling))
        return add(TokenKind::kOperator, at_ + spelling.size(), std::string(meaning));
    }
    const char c = peek();
    if (std::string_view(";(),.[]!=<>+-*/%~&|^:?").find(c) == std::string_view::npos) {
      return add(TokenKind::kUnknown, at_ + 1, {});
    }
    add(TokenKind::kOperator, at_ + 1, std::string(1, c));
    if (c == '?') ++parameters_;
  }

  void matchBrackets() {
    std::vector<size_t> open;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      Token& token = tokens_[i];
      if (token.kind != TokenKind::kOperator) continue;
      if (token.word == "(" || token.word == "[") {
        token.match = tokens_.size() - 1;
        open.push_back(i);
      } else if (token.word == ")" || token.word == "]") {
        const char* opening = token.word == ")" ? "(" : "[";
        if (open.empty() || tokens_[open.back()].word != opening) continue;
        tokens_[open.back()].match = i;
        open.pop_back();
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t parameters_ = 0;
  std::vector<Token> tokens_;
};

/// `size` hexadecimal digits at `at`.
std::optional<uint32_t> hexAt(std::string_view text, size_t at, size_t size) {
  if (at + size > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(at, size)) {
    const char u = asciiUpper(c);
    if (!isDigit(u) && (u < 'A' || u > 'F')) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(isDigit(u) ? u - '0' : u - 'A' + 10);
  }
  return value;
}

bool isSurrogate(uint32_t code) { return code >= 0xD800 && code < 0xE000; }

/// \uXXXX (two of them for a pair of surrogates) or \UXXXXXXXX; the number of characters read
/// behind the backslash, 0 when it is neither.
size_t appendUnicodeEscape(std::string_view text, size_t at, std::string& out) {
  const size_t digits = text[at] == 'u' ? 4 : 8;
  const auto code = hexAt(text, at + 1, digits);
  if (!code) return 0;
  size_t used = 1 + digits;
  char32_t point = *code;
  if (*code >= 0xD800 && *code < 0xDC00 && text.substr(at + used, 2) == "\\u") {
    const auto low = hexAt(text, at + used + 2, 4);
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      point = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
      used += 6;
    }
  }
  if (point > 0x10FFFF || isSurrogate(point)) point = 0xFFFD;
  appendUtf8(point, out);
  return used;
}

bool isOctal(std::string_view text, size_t at) {
  return at + 3 <= text.size() && (text[at] == '0' || text[at] == '1') && text[at + 1] >= '0' &&
         text[at + 1] <= '7' && text[at + 2] >= '0' && text[at + 2] <= '7';
}

/// What stands behind a backslash; the number of characters it takes.
size_t appendEscape(std::string_view text, size_t at, std::string& out) {
  const char c = text[at];
  if (c == 'u' || c == 'U') {
    if (const size_t used = appendUnicodeEscape(text, at, out)) return used;
  }
  if (isOctal(text, at)) {
    out +=
        static_cast<char>((text[at] - '0') * 64 + (text[at + 1] - '0') * 8 + (text[at + 2] - '0'));
    return 3;
  }
  switch (c) {
    case '0': out += '\0'; break;
    case 'b': out += '\b'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'Z': out += '\x1a'; break;
    // Kept for LIKE.
    case '%': out += "\\%"; break;
    case '_': out += "\\_"; break;
    default: out += c;
  }
  return 1;
}

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view sql) { return Lexer(sql).run(); }

std::string unescapeString(std::string_view literal) {
  if (asciiUpper(literal.front()) == 'R') return std::string(literal.substr(2, literal.size() - 3));
  const char quote = literal.front();
  const std::string_view text = literal.substr(1, literal.size() - 2);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      i += appendEscape(text, i + 1, out);
    } else {
      if (text[i] == quote) ++i;
      out += text[i < text.size() ? i : text.size() - 1];
    }
  }
  return out;
}

}  // namespace spate::sql
