#include "spate/functions/JsonNode.h"

#include <utility>

#include "spate/types/JsonText.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

constexpr int kMaxDepth = 1000;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isNamePart(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Parser {
 public:
  Parser(std::string_view text, const JsonSyntax& syntax) : rest_(text), syntax_(syntax) {}

  bool whole(JsonNode& out) {
    if (!value(out, 0)) return false;
    skip();
    return rest_.empty();
  }

 private:
  void skip() {
    for (;;) {
      while (!rest_.empty() &&
             (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n' || rest_[0] == '\r'))
        rest_.remove_prefix(1);
      if (!syntax_.comments) return;
      size_t end = std::string_view::npos;
      if (rest_.starts_with("//")) {
        end = rest_.find('\n');
      } else if (rest_.starts_with("/*")) {
        end = rest_.find("*/", 2);
        if (end != std::string_view::npos) ++end;
      } else {
        return;
      }
      rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    }
  }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    if (rest_.size() > word.size() && isNamePart(rest_[word.size()])) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool constant(JsonNode& out, std::string_view text, JsonNode::Kind kind) {
    out.kind = kind;
    return word(text);
  }
  bool isQuote() const {
    return !rest_.empty() && (rest_[0] == '"' || (rest_[0] == '\'' && syntax_.singleQuotes));
  }

  bool value(JsonNode& out, int depth) {
    skip();
    if (rest_.empty() || depth > kMaxDepth) return false;
    if (isQuote()) {
      out.kind = JsonNode::kString;
      return string(out.text);
    }
    switch (rest_[0]) {
      case '{': return object(out, depth);
      case '[': return array(out, depth);
      case 't': return constant(out, "true", JsonNode::kTrue);
      case 'f': return constant(out, "false", JsonNode::kFalse);
      case 'n': return constant(out, "null", JsonNode::kNull);
      default: return number(out);
    }
  }

  bool array(JsonNode& out, int depth) {
    out.kind = JsonNode::kArray;
    take('[');
    skip();
    if (take(']')) return true;
    do {
      if (!value(out.elements.emplace_back(), depth + 1)) return false;
      skip();
    } while (take(','));
    return take(']');
  }

  bool object(JsonNode& out, int depth) {
    out.kind = JsonNode::kObject;
    take('{');
    skip();
    if (take('}')) return true;
    do {
      skip();
      JsonNode::Field& field = out.fields.emplace_back();
      if (isQuote()) {
        if (!string(field.name)) return false;
      } else {
        if (!syntax_.unquotedNames) return false;
        while (!rest_.empty() && isNamePart(rest_[0])) {
          field.name += rest_[0];
          rest_.remove_prefix(1);
        }
        if (field.name.empty()) return false;
      }
      skip();
      if (!take(':') || !value(field.value, depth + 1)) return false;
      skip();
    } while (take(','));
    return take('}');
  }

  bool number(JsonNode& out) {
    out.kind = JsonNode::kInteger;
    size_t at = 0;
    const auto digits = [&] {
      const size_t from = at;
      while (at < rest_.size() && isDigit(rest_[at])) ++at;
      return at - from;
    };
    if (syntax_.nonNumericNumbers) {
      for (const std::string_view name :
           {"NaN", "+INF", "-INF", "Infinity", "+Infinity", "-Infinity", "INF"}) {
        if (!word(name)) continue;
        out.kind = JsonNode::kFraction;
        out.text = name;
        return true;
      }
    }
    if (rest_[0] == '-') ++at;
    const size_t first = at;
    const size_t whole = digits();
    if (whole == 0 || (whole > 1 && rest_[first] == '0' && !syntax_.leadingZeros)) return false;
    if (at < rest_.size() && rest_[at] == '.') {
      out.kind = JsonNode::kFraction;
      ++at;
      if (digits() == 0) return false;
    }
    if (at < rest_.size() && (rest_[at] == 'e' || rest_[at] == 'E')) {
      out.kind = JsonNode::kFraction;
      ++at;
      if (at < rest_.size() && (rest_[at] == '+' || rest_[at] == '-')) ++at;
      if (digits() == 0) return false;
    }
    if (at < rest_.size() && isNamePart(rest_[at])) return false;
    out.text = rest_.substr(0, at);
    rest_.remove_prefix(at);
    return true;
  }

  bool hexUnit(char32_t& unit) {
    if (rest_.size() < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = rest_[static_cast<size_t>(i)];
      unsigned digit = 0;
      if (isDigit(c)) {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        return false;
      }
      unit = unit * 16 + digit;
    }
    rest_.remove_prefix(4);
    return true;
  }

  bool escape(std::string& out) {
    if (rest_.empty()) return false;
    const char c = rest_[0];
    rest_.remove_prefix(1);
    switch (c) {
      case 'n': out += '\n'; return true;
      case 't': out += '\t'; return true;
      case 'r': out += '\r'; return true;
      case 'b': out += '\b'; return true;
      case 'f': out += '\f'; return true;
      case '"':
      case '\\':
      case '/': out += c; return true;
      case 'u': {
        char32_t unit = 0;
        if (!hexUnit(unit)) return false;
        if (unit >= 0xD800 && unit < 0xDC00 && rest_.starts_with("\\u")) {
          rest_.remove_prefix(2);
          char32_t low = 0;
          if (!hexUnit(low)) return false;
          unit = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                                               : 0xFFFD;
        }
        appendUtf8(unit >= 0xD800 && unit < 0xE000 ? char32_t{0xFFFD} : unit, out);
        return true;
      }
      default:
        if (!syntax_.anyEscape && !(c == '\'' && syntax_.singleQuotes)) return false;
        out += c;
        return true;
    }
  }

  bool string(std::string& out) {
    const char quote = rest_[0];
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == quote) {
        repairUtf8(out);
        return true;
      }
      if (c == '\\') {
        if (!escape(out)) return false;
      } else {
        if (static_cast<unsigned char>(c) < 0x20 && !syntax_.controlCharacters) return false;
        out += c;
      }
    }
    return false;
  }

  std::string_view rest_;
  const JsonSyntax& syntax_;
};

}  // namespace

const JsonNode* JsonNode::field(std::string_view name) const {
  for (size_t i = fields.size(); i-- > 0;)
    if (fields[i].name == name) return &fields[i].value;
  return nullptr;
}

void JsonNode::append(std::string& out) const {
  switch (kind) {
    case kNull: out += "null"; break;
    case kFalse: out += "false"; break;
    case kTrue: out += "true"; break;
    case kInteger:
    case kFraction: out += text; break;
    case kString: appendJsonText(text, out); break;
    case kArray:
      out += '[';
      for (size_t i = 0; i < elements.size(); ++i) {
        if (i > 0) out += ',';
        elements[i].append(out);
      }
      out += ']';
      break;
    case kObject:
      out += '{';
      for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out += ',';
        appendJsonText(fields[i].name, out);
        out += ':';
        fields[i].value.append(out);
      }
      out += '}';
  }
}

std::string JsonNode::plainText() const {
  if (kind == kString) return text;
  std::string out;
  append(out);
  return out;
}

std::optional<JsonNode> parseJson(std::string_view text, const JsonSyntax& syntax) {
  JsonNode value;
  if (!Parser(text, syntax).whole(value)) return std::nullopt;
  return value;
}

}  // namespace spate
