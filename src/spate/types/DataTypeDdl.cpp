#include "spate/types/DataTypeDdl.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "spate/types/Utf8.h"

namespace spate {
namespace {

/// Reads one type or schema from left to right; the first syntax error ends it. As in Spark, what
/// the text means is judged only once all of it parses.
class DdlParser {
 public:
  explicit DdlParser(std::string_view text) : text_(text) { advance(); }

  Result<DataType> wholeType() {
    SPATE_ASSIGN_OR_FAIL(DataType type, type_(0));
    if (kind_ != Token::kEnd) return failure(syntaxError());
    if (!meaning_.ok()) return failure(meaning_);
    return type;
  }

  Result<DataType> wholeSchema() {
    std::vector<StructField> fields;
    if (kind_ != Token::kEnd) {
      SPATE_ASSIGN_OR_FAIL(fields, columns(0));
    }
    if (kind_ != Token::kEnd) return failure(syntaxError());
    if (!meaning_.ok()) return failure(meaning_);
    return DataType::structOf(std::move(fields));
  }

 private:
  enum class Token { kEnd, kWord, kQuoted, kString, kPunctuation, kBad };

  static bool isWordByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  }

  /// Moves to the next token: its kind in kind_, its meaning in word_ (words in lower case in
  /// lower_), its text in shown_.
  void advance() {
    while (at_ < text_.size() && std::string_view(" \t\r\n\f\v").find(text_[at_]) != npos) ++at_;
    const size_t start = at_;
    word_.clear();
    lower_.clear();
    if (at_ == text_.size()) {
      kind_ = Token::kEnd;
    } else if (isWordByte(text_[at_])) {
      kind_ = Token::kWord;
      while (at_ < text_.size() && isWordByte(text_[at_])) ++at_;
      word_ = text_.substr(start, at_ - start);
      lower_ = word_;
      for (char& c : lower_) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
    } else if (text_[at_] == '`') {
      kind_ = readQuoted() ? Token::kQuoted : Token::kBad;
    } else if (text_[at_] == '\'' || text_[at_] == '"') {
      kind_ = readString() ? Token::kString : Token::kBad;
    } else {
      kind_ = Token::kPunctuation;
      ++at_;
    }
    shown_ = text_.substr(start, at_ - start);
  }

  bool readQuoted() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '`') {
        if (text_.substr(at_ + 1, 1) != "`") {
          ++at_;
          return !word_.empty();
        }
        ++at_;
      }
      word_ += text_[at_];
    }
    return false;
  }

  /// Spark's string literal: backslash escapes, and a doubled quote for a quote.
  bool readString() {
    const char quote = text_[at_];
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        if (text_.substr(at_ + 1, 1) != std::string_view(&quote, 1)) {
          ++at_;
          return true;
        }
        ++at_;
        word_ += quote;
      } else if (c == '\\' && at_ + 1 < text_.size()) {
        readEscape(text_[++at_]);
      } else {
        word_ += c;
      }
    }
    return false;
  }

  void readEscape(char c) {
    switch (c) {
      case '0': word_ += '\0'; return;
      case 'b': word_ += '\b'; return;
      case 'n': word_ += '\n'; return;
      case 'r': word_ += '\r'; return;
      case 't': word_ += '\t'; return;
      case 'Z': word_ += '\x1a'; return;
      case '%': word_ += "\\%"; return;
      case '_': word_ += "\\_"; return;
      case 'u': readUnicodeEscape(); return;
      default: word_ += c;
    }
  }

  void readUnicodeEscape() {
    const std::string_view digits = text_.substr(at_ + 1, 4);
    uint32_t code = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || parsed.ptr != digits.data() + 4) {
      word_ += 'u';
      return;
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    appendUtf8(surrogate ? char32_t{0xfffd} : char32_t{code}, word_);
    at_ += 4;
  }

  bool atPunctuation(char c) const { return kind_ == Token::kPunctuation && shown_[0] == c; }
  bool atWord(std::string_view lower) const { return kind_ == Token::kWord && lower_ == lower; }

  bool accept(char c) {
    if (!atPunctuation(c)) return false;
    advance();
    return true;
  }
  bool acceptWord(std::string_view lower) {
    if (!atWord(lower)) return false;
    advance();
    return true;
  }
  Status expect(char c) { return accept(c) ? Status::OK() : syntaxError(); }

  Status syntaxError() const {
    const std::string where =
        kind_ == Token::kEnd ? "end of input" : "'" + std::string(shown_.substr(0, 100)) + "'";
    return Status::invalidArgument("Syntax error at or near " + where + ".")
        .withErrorClass("PARSE_SYNTAX_ERROR", "42601", {{"error", where}, {"hint", ""}});
  }

  static Status unsupported(const std::string& name) {
    return Status::unsupported("Unsupported data type \"" + name + "\".")
        .withErrorClass("UNSUPPORTED_DATATYPE", "0A000", {{"typeName", "\"" + name + "\""}});
  }

  static Status missingSize(const std::string& name) {
    return Status::invalidArgument("DataType \"" + name +
                                   "\" requires a length parameter, for example \"" + name +
                                   "\"(10). Please specify the length.")
        .withErrorClass("DATATYPE_MISSING_SIZE", "42K01", {{"type", "\"" + name + "\""}});
  }

  static Status incomplete(const std::string& name, const std::string& what) {
    return Status::invalidArgument("Incomplete complex type: The definition of \"" + name +
                                   "\" type is incomplete. You must provide " + what + ".")
        .withErrorClass("INCOMPLETE_TYPE_DEFINITION." + name, "42K01");
  }

  /// Remembers the first error of meaning and lets the parse go on.
  DataType meaningless(Status why) {
    if (meaning_.ok()) meaning_ = std::move(why);
    return DataType();
  }

  /// "(1,2)" behind a type's name; empty when there are no parentheses.
  Result<std::vector<int32_t>> numbers() {
    std::vector<int32_t> values;
    if (!accept('(')) return values;
    do {
      int32_t value = 0;
      const char* end = word_.data() + word_.size();
      if (kind_ != Token::kWord ||
          std::from_chars(word_.data(), end, value) != std::from_chars_result{end, std::errc()}) {
        return failure(syntaxError());
      }
      values.push_back(value);
      advance();
    } while (accept(','));
    SPATE_FAIL_IF_ERROR(expect(')'));
    return values;
  }

  Result<DataType> type_(int depth) {
    if (depth >= DataType::kMaxDepth) {
      return failure(
          Status::invalidArgument("The statement, including potential SQL functions and referred "
                                  "views, was too complex to parse.")
              .withErrorClass("FAILED_TO_PARSE_TOO_COMPLEX", "54001"));
    }
    if (kind_ != Token::kWord) return failure(syntaxError());
    const std::string name = lower_;
    advance();
    if (name == "array") return array(depth);
    if (name == "map") return map(depth);
    if (name == "struct") return structure(depth);
    if (name == "interval") return interval();
    return leaf(name);
  }

  Result<DataType> array(int depth) {
    if (!accept('<')) return meaningless(incomplete("ARRAY", "an element type"));
    SPATE_ASSIGN_OR_FAIL(DataType element, type_(depth + 1));
    SPATE_FAIL_IF_ERROR(expect('>'));
    return DataType::arrayOf(std::move(element));
  }

  Result<DataType> map(int depth) {
    if (!accept('<')) return meaningless(incomplete("MAP", "a key type and a value type"));
    SPATE_ASSIGN_OR_FAIL(DataType key, type_(depth + 1));
    SPATE_FAIL_IF_ERROR(expect(','));
    SPATE_ASSIGN_OR_FAIL(DataType value, type_(depth + 1));
    SPATE_FAIL_IF_ERROR(expect('>'));
    return DataType::mapOf(std::move(key), std::move(value));
  }

  Result<DataType> structure(int depth) {
    if (!accept('<')) return meaningless(incomplete("STRUCT", "at least one field type"));
    std::vector<StructField> fields;
    if (!atPunctuation('>')) {
      SPATE_ASSIGN_OR_FAIL(fields, columns(depth + 1));
    }
    SPATE_FAIL_IF_ERROR(expect('>'));
    return DataType::structOf(std::move(fields));
  }

  std::optional<IntervalUnit> unit() {
    for (int u = 0; u <= static_cast<int>(IntervalUnit::kSecond); ++u) {
      if (acceptWord(toString(static_cast<IntervalUnit>(u)))) return static_cast<IntervalUnit>(u);
    }
    return std::nullopt;
  }

  Result<DataType> interval() {
    const auto start = unit();
    if (!start) return DataType::calendarIntervalType();
    IntervalUnit end = *start;
    if (acceptWord("to")) {
      const auto given = unit();
      if (!given || *given <= *start) return failure(syntaxError());
      end = *given;
    }
    if (end <= IntervalUnit::kMonth) return DataType::yearMonthIntervalType(*start, end);
    if (*start >= IntervalUnit::kDay) return DataType::dayTimeIntervalType(*start, end);
    return failure(syntaxError());
  }

  Result<DataType> leaf(const std::string& name) {
    SPATE_ASSIGN_OR_FAIL(const std::vector<int32_t> sizes, numbers());
    if (name == "decimal" || name == "dec" || name == "numeric") {
      if (sizes.size() > 2) return meaningless(unsupported(upper(name)));
      Result<DataType> type =
          DataType::makeDecimal(sizes.empty() ? 10 : sizes[0], sizes.size() < 2 ? 0 : sizes[1]);
      return type ? *type : meaningless(type.error());
    }
    if (name == "char" || name == "character" || name == "varchar") {
      if (sizes.empty()) return meaningless(missingSize(upper(name)));
      if (sizes.size() > 1 || sizes[0] < 1) return meaningless(unsupported(upper(name)));
      return name == "varchar" ? DataType::varcharType(sizes[0]) : DataType::charType(sizes[0]);
    }
    if (name == "string" && acceptWord("collate")) {
      const std::string collation = upper(lower_);
      advance();
      if (collation != "UTF8_BINARY")
        return meaningless(unsupported("STRING COLLATE " + collation));
    }
    if (sizes.empty()) {
      if (const auto type = simpleType(name)) return *type;
    }
    std::string shown = upper(name);
    for (size_t i = 0; i < sizes.size(); ++i) {
      shown += (i == 0 ? "(" : ",") + std::to_string(sizes[i]);
    }
    return meaningless(unsupported(sizes.empty() ? shown : shown + ")"));
  }

  static std::optional<DataType> simpleType(std::string_view name) {
    using Maker = DataType (*)();
    static constexpr std::pair<std::string_view, Maker> kTypes[] = {
        {"bigint", DataType::longType},
        {"binary", DataType::binaryType},
        {"boolean", DataType::booleanType},
        {"byte", DataType::byteType},
        {"date", DataType::dateType},
        {"double", DataType::doubleType},
        {"float", DataType::floatType},
        {"int", DataType::integerType},
        {"integer", DataType::integerType},
        {"long", DataType::longType},
        {"real", DataType::floatType},
        {"short", DataType::shortType},
        {"smallint", DataType::shortType},
        {"string", DataType::stringType},
        {"timestamp", DataType::timestampType},
        {"timestamp_ltz", DataType::timestampType},
        {"timestamp_ntz", DataType::timestampNtzType},
        {"tinyint", DataType::byteType},
        {"variant", DataType::variantType},
        {"void", DataType::nullType}};
    for (const auto& [typeName, make] : kTypes) {
      if (typeName == name) return make();
    }
    return std::nullopt;
  }

  /// name[:] type [NOT NULL] [COMMENT 'text'], ...
  Result<std::vector<StructField>> columns(int depth) {
    std::vector<StructField> fields;
    do {
      if (kind_ != Token::kWord && kind_ != Token::kQuoted) return failure(syntaxError());
      StructField field;
      field.name = word_;
      advance();
      accept(':');
      SPATE_ASSIGN_OR_FAIL(field.type, type_(depth));
      if (acceptWord("not")) {
        if (!acceptWord("null")) return failure(syntaxError());
        field.nullable = false;
      }
      if (acceptWord("comment")) {
        if (kind_ != Token::kString) return failure(syntaxError());
        field = field.withComment(word_);
        advance();
      }
      fields.push_back(std::move(field));
    } while (accept(','));
    return fields;
  }

  static std::string upper(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
  }

  static constexpr size_t npos = std::string_view::npos;

  std::string_view text_;
  size_t at_ = 0;
  Token kind_ = Token::kEnd;
  std::string word_;
  std::string lower_;
  std::string_view shown_;
  Status meaning_;
};

}  // namespace

Result<DataType> dataTypeFromDdl(std::string_view ddl) {
  Result<DataType> type = DdlParser(ddl).wholeType();
  if (type || type.error().errorClass() != "PARSE_SYNTAX_ERROR") return type;
  Result<DataType> schema = DdlParser(ddl).wholeSchema();
  if (schema && schema->fields().empty()) return type;
  return schema;
}

Result<DataType> schemaFromDdl(std::string_view ddl) { return DdlParser(ddl).wholeSchema(); }

std::string toDdl(const DataType& structType) {
  std::string text;
  for (const StructField& field : structType.fields()) {
    if (!text.empty()) text += ',';
    text += field.sql(" ");
  }
  return text;
}

}  // namespace spate
