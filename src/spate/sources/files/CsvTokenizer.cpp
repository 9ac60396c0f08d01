#include "spate/sources/files/CsvTokenizer.h"

#include <cstring>

namespace spate {
namespace {

bool isSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

std::string_view withoutTrailingSpace(std::string_view text) {
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

CsvTokenizer::CsvTokenizer(const CsvOptions& options)
    : options_(options),
      delimiterStart_(options.delimiter.front()),
      isSingle_(options.delimiter.size() == 1) {}

bool CsvTokenizer::tokenizeLine(std::string_view line, std::vector<CsvToken>& tokens) {
  size_t used = 0;
  return tokenize(line, false, tokens, used);
}

bool CsvTokenizer::tokenizeRecord(std::string_view& text, std::vector<CsvToken>& tokens) {
  size_t used = 0;
  const bool fits = tokenize(text, true, tokens, used);
  text.remove_prefix(used);
  if (text.starts_with("\r\n")) {
    text.remove_prefix(2);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  return fits;
}

bool CsvTokenizer::tokenize(std::string_view text, bool endsAtLine, std::vector<CsvToken>& tokens,
                            size_t& used) {
  tokens.clear();
  rewrittenUsed_ = 0;
  const auto isEnd = [&](size_t i) {
    return i >= text.size() || (endsAtLine && (text[i] == '\n' || text[i] == '\r'));
  };
  size_t at = 0;
  while (true) {
    if (options_.ignoresLeadingSpace)
      while (!isEnd(at) && isSpace(text[at]) && !startsDelimiter(text, at)) ++at;
    CsvToken token;
    const bool isQuoted = !isEnd(at) && options_.quote != '\0' && text[at] == options_.quote &&
                          quoted(text, endsAtLine, at, token);
    if (!isQuoted) {
      const size_t begin = at;
      if (isSingle_ && !endsAtLine) {
        const void* const found =
            text.size() == at ? nullptr
                              : std::memchr(text.data() + at, delimiterStart_, text.size() - at);
        at = found == nullptr ? text.size()
                              : static_cast<size_t>(static_cast<const char*>(found) - text.data());
      } else {
        while (!isEnd(at) && !startsDelimiter(text, at)) ++at;
      }
      token.text = text.substr(begin, at - begin);
      if (options_.ignoresTrailingSpace) token.text = withoutTrailingSpace(token.text);
      token.isNull = token.text.empty();
    }
    tokens.push_back(token);
    if (static_cast<int64_t>(tokens.size()) > options_.maxColumns) {
      while (!isEnd(at)) ++at;
      used = at;
      return false;
    }
    if (isEnd(at)) {
      used = at;
      return true;
    }
    at += options_.delimiter.size();
  }
}

bool CsvTokenizer::quoted(std::string_view text, bool endsAtLine, size_t& at, CsvToken& token) {
  const char quote = options_.quote;
  const char escape = options_.escape;
  size_t i = at + 1;
  const size_t begin = i;
  std::string* copy = nullptr;
  size_t copied = begin;
  // Takes text[copied, to) and then `c` instead of what is skipped.
  const auto rewrite = [&](size_t to, char c, size_t skipped) {
    if (copy == nullptr) {
      if (rewrittenUsed_ == rewritten_.size())
        rewritten_.push_back(std::make_unique<std::string>());
      copy = rewritten_[rewrittenUsed_++].get();
      copy->clear();
    }
    copy->append(text.substr(copied, to - copied));
    *copy += c;
    copied = to + skipped;
    i = copied;
  };
  for (; i < text.size();) {
    const char c = text[i];
    const char following = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool hasFollowing = i + 1 < text.size();
    if (c == escape && escape != '\0' && hasFollowing && following == quote &&
        (escape != quote || following == quote)) {
      rewrite(i, quote, 2);
    } else if (c == options_.escapeOfEscape && options_.escapeOfEscape != '\0' && c != quote &&
               hasFollowing && following == escape) {
      rewrite(i, escape, 2);
    } else if (c == quote) {
      size_t after = i + 1;
      while (after < text.size() && text[after] == ' ' && !startsDelimiter(text, after)) ++after;
      const bool ends = after >= text.size() || startsDelimiter(text, after) ||
                        (endsAtLine && (text[after] == '\n' || text[after] == '\r'));
      if (!ends) {
        rewrittenUsed_ -= copy == nullptr ? 0 : 1;
        return false;
      }
      if (copy != nullptr) copy->append(text.substr(copied, i - copied));
      token.text = copy != nullptr ? std::string_view(*copy) : text.substr(begin, i - begin);
      if (token.text.empty()) token.text = options_.emptyValue;
      at = after;
      return true;
    } else if (endsAtLine && c == '\r') {
      // Line ends inside of quotes are normalised.
      rewrite(i, '\n', following == '\n' ? 2 : 1);
    } else {
      ++i;
    }
  }
  // No closing quote: all of the rest.
  if (copy != nullptr) copy->append(text.substr(copied));
  token.text = copy != nullptr ? std::string_view(*copy) : text.substr(begin);
  at = text.size();
  return true;
}

}  // namespace spate
