#include <arrow/array/array_nested.h>
#include <arrow/array/builder_nested.h>

#include <cctype>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/JavaRegex.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/SplitText.h"
#include "spate/functions/StringFamilies.h"
#include "spate/functions/TextScan.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;
using Match = JavaRegex::Match;

/// The compiled pattern of the row: the last one is kept, as patterns are constants nearly always.
class PatternCache {
 public:
  explicit PatternCache(std::string_view function) : function_(function) {}

  Result<const JavaRegex*> get(std::string_view pattern) {
    if (regex_ != nullptr && pattern == pattern_) return regex_.get();
    auto made = JavaRegex::make(pattern);
    if (!made) {
      const std::string value = "'" + std::string(pattern) + "'";
      if (made.error().code() == StatusCode::kUnsupported) {
        return failure(Status::unsupported("The pattern " + value + " has " +
                                           made.error().message() + ", which is not supported.")
                           .withErrorClass("UNSUPPORTED_FEATURE.REGULAR_EXPRESSION", "0A000"));
      }
      return failure(
          invalidParameterValue("PATTERN", "regexp", function_, value, {{"value", value}}));
    }
    regex_ = std::move(*made);
    pattern_ = pattern;
    return regex_.get();
  }

 private:
  std::string function_;
  std::string pattern_;
  std::shared_ptr<const JavaRegex> regex_;
};

Result<arrow::Datum> rlikeRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("rlike");
  Match match;
  return forEachRow<arrow::BooleanBuilder>(
      arguments, rows, arrow::boolean(),
      [&](const ArgumentColumns& in, int64_t i, arrow::BooleanBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        out.UnsafeAppend(regex->find(in[0].text(i), 0, match));
        return Status::OK();
      });
}

/// A LIKE pattern, cut at its wildcards; the usual forms need no regular expression.
class LikePattern {
 public:
  static Result<LikePattern> make(std::string_view pattern, char escape, bool ignoreCase) {
    LikePattern like;
    like.ignoreCase_ = ignoreCase;
    std::string literal;
    for (size_t i = 0; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == escape) {
        if (++i == pattern.size()) return failure(invalid(pattern, "ESC_AT_THE_END", "end with."));
        if (pattern[i] != '_' && pattern[i] != '%' && pattern[i] != escape) {
          return failure(
              invalid(pattern, "ESC_IN_THE_MIDDLE", std::string("precede '") + pattern[i] + "'."));
        }
        literal += pattern[i];
      } else if (c == '%') {
        like.parts_.push_back(std::exchange(literal, {}));
      } else {
        like.hasUnderscore_ = like.hasUnderscore_ || c == '_';
        literal += c == '_' ? '\0' : c;
      }
    }
    like.parts_.push_back(std::move(literal));
    if (like.hasUnderscore_ || ignoreCase) {
      JavaRegex::Options options;
      options.ignoreCase = ignoreCase;
      options.isLike = true;
      SPATE_ASSIGN_OR_FAIL(like.regex_, JavaRegex::make(like.regexText(), options));
    }
    return like;
  }

  bool matches(std::string_view text, Match& match) const {
    if (regex_ != nullptr) return regex_->find(text, 0, match);
    if (parts_.size() == 1) return text == parts_[0];
    if (!text.starts_with(parts_.front())) return false;
    text.remove_prefix(parts_.front().size());
    for (size_t i = 1; i + 1 < parts_.size(); ++i) {
      const size_t found = text.find(parts_[i]);
      if (found == std::string_view::npos) return false;
      text.remove_prefix(found + parts_[i].size());
    }
    return text.ends_with(parts_.back());
  }

 private:
  static Status invalid(std::string_view pattern, std::string_view subclass,
                        const std::string& what) {
    const std::string format = "'" + std::string(pattern) + "'";
    std::map<std::string, std::string> parameters = {{"format", format}};
    if (subclass == "ESC_IN_THE_MIDDLE") parameters["char"] = what.substr(8, 3);
    return Status::invalidArgument("The format is invalid: " + format +
                                   ". The escape character is not allowed to " + what)
        .withErrorClass("INVALID_FORMAT." + std::string(subclass), "42601", std::move(parameters));
  }

  std::string regexText() const {
    std::string text;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (i > 0) text += ".*";
      for (const char c : parts_[i]) {
        if (c == '\0') {
          text += '.';
        } else {
          if (static_cast<unsigned char>(c) < 0x80 && !isalnum(c) && c != ' ') text += '\\';
          text += c;
        }
      }
    }
    return text;
  }

  std::vector<std::string> parts_;  // a NUL stands for one character
  bool hasUnderscore_ = false;
  bool ignoreCase_ = false;
  std::shared_ptr<const JavaRegex> regex_;
};

template <bool kIgnoreCase>
Result<arrow::Datum> likeRows(EvalContext&, Arguments arguments, int64_t rows) {
  std::optional<LikePattern> like;
  std::string pattern;
  char escape = '\\';
  Match match;
  return forEachRow<arrow::BooleanBuilder>(
      arguments, rows, arrow::boolean(),
      [&](const ArgumentColumns& in, int64_t i, arrow::BooleanBuilder& out) -> Status {
        const char wanted = in.size() > 2 && !in[2].text(i).empty() ? in[2].text(i)[0] : '\\';
        if (!like || in[1].text(i) != pattern || wanted != escape) {
          pattern = in[1].text(i);
          escape = wanted;
          SPATE_ASSIGN_OR_RETURN(like, LikePattern::make(pattern, escape, kIgnoreCase));
        }
        out.UnsafeAppend(like->matches(in[0].text(i), match));
        return Status::OK();
      });
}

Status checkGroup(std::string_view function, const JavaRegex& regex, int32_t group) {
  if (group >= 0 && static_cast<size_t>(group) <= regex.groupCount()) return Status::OK();
  const std::string count = std::to_string(regex.groupCount());
  const std::string index = std::to_string(group);
  return invalidParameterValue(
      "REGEX_GROUP_INDEX", "idx", function,
      "Expects group index between 0 and " + count + ", but got " + index + ".",
      {{"groupCount", count}, {"groupIndex", index}});
}

Result<arrow::Datum> extractRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_extract");
  Match match;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        const int32_t group = in.size() > 2 ? in[2].get<int32_t>(i) : 1;
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        const bool found = regex->find(in[0].text(i), 0, match);
        if (found) SPATE_RETURN_IF_ERROR(checkGroup("regexp_extract", *regex, group));
        out.append(found ? match.group(static_cast<size_t>(group)) : std::string_view());
        return Status::OK();
      });
}

/// A builder of arrays of texts with the shape that forEachRow asks for.
class TextListBuilder {
 public:
  TextListBuilder(const std::shared_ptr<arrow::DataType>& type, arrow::MemoryPool* pool)
      : texts_(std::make_shared<arrow::StringBuilder>(pool)), lists_(pool, texts_, type) {}
  arrow::Status Reserve(int64_t rows) { return lists_.Reserve(rows); }
  void UnsafeAppendNull() { keep(lists_.AppendNull()); }
  void beginRow() { keep(lists_.Append()); }
  void append(std::string_view text) { keep(texts_->Append(text)); }
  arrow::Status Finish(std::shared_ptr<arrow::Array>* array) {
    ARROW_RETURN_NOT_OK(first_);
    return lists_.Finish(array);
  }

 private:
  void keep(arrow::Status status) {
    if (!status.ok() && first_.ok()) first_ = std::move(status);
  }
  std::shared_ptr<arrow::StringBuilder> texts_;
  arrow::ListBuilder lists_;
  arrow::Status first_;
};

std::shared_ptr<arrow::DataType> textsType(bool containsNull) {
  return arrow::list(arrow::field("element", arrow::utf8(), containsNull));
}

Result<arrow::Datum> extractAllRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_extract_all");
  Match match;
  return forEachRow<TextListBuilder>(
      arguments, rows, textsType(true),
      [&](const ArgumentColumns& in, int64_t i, TextListBuilder& out) -> Status {
        const int32_t group = in.size() > 2 ? in[2].get<int32_t>(i) : 1;
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        out.beginRow();
        for (bool found = regex->find(in[0].text(i), 0, match); found;
             found = regex->findNext(match)) {
          SPATE_RETURN_IF_ERROR(checkGroup("regexp_extract_all", *regex, group));
          out.append(match.group(static_cast<size_t>(group)));
        }
        return Status::OK();
      });
}

Result<arrow::Datum> replaceRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_replace");
  std::optional<JavaReplacement> replacement;
  const JavaRegex* replacedBy = nullptr;
  std::string replacementText;
  std::string text;
  Match match;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        if (!replacement || regex != replacedBy || in[2].text(i) != replacementText) {
          replacementText = in[2].text(i);
          SPATE_ASSIGN_OR_RETURN(replacement, JavaReplacement::make(replacementText, *regex));
          replacedBy = regex;
        }
        const std::string_view subject = in[0].text(i);
        const int32_t position = in.size() > 3 ? in[3].get<int32_t>(i) : 1;
        if (position < 1) {
          const std::string shown = std::to_string(position);
          return dataTypeMismatch(
              "VALUE_OUT_OF_RANGE", "regexp_replace", {},
              "The position must be between (0, 2147483647] (current value = " + shown + ").",
              {{"exprName", "position"},
               {"valueRange", "(0, 2147483647]"},
               {"currentValue", shown}});
        }
        size_t from = skipCharacters(subject, 0, position - 1);
        if (position > 1 && from >= subject.size()) {
          out.append(subject);
          return Status::OK();
        }
        text = subject.substr(0, from);
        for (bool found = regex->find(subject, from, match); found;
             found = regex->findNext(match)) {
          text += subject.substr(from, match.begin() - from);
          replacement->append(match, text);
          from = match.end();
        }
        text += subject.substr(from);
        out.append(text);
        return Status::OK();
      });
}

Result<arrow::Datum> countRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_count");
  Match match;
  return forEachRow<arrow::Int32Builder>(
      arguments, rows, arrow::int32(),
      [&](const ArgumentColumns& in, int64_t i, arrow::Int32Builder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        int32_t count = 0;
        for (bool found = regex->find(in[0].text(i), 0, match); found;
             found = regex->findNext(match))
          ++count;
        out.UnsafeAppend(count);
        return Status::OK();
      });
}

Result<arrow::Datum> instrRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_instr");
  Match match;
  return forEachRow<arrow::Int32Builder>(
      arguments, rows, arrow::int32(),
      [&](const ArgumentColumns& in, int64_t i, arrow::Int32Builder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        const bool found = regex->find(in[0].text(i), 0, match);
        out.UnsafeAppend(found ? charactersBefore(in[0].text(i), match.begin()) + 1 : 0);
        return Status::OK();
      });
}

/// The first match, or null.
Result<arrow::Datum> substrRows(EvalContext&, Arguments arguments, int64_t rows) {
  PatternCache cache("regexp_substr");
  Match match;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, arrow::utf8(),
      [&](const ArgumentColumns& in, int64_t i, TextColumnBuilder& out) -> Status {
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(in[1].text(i)));
        if (regex->find(in[0].text(i), 0, match)) {
          out.append(match.group(0));
        } else {
          out.appendNull();
        }
        return Status::OK();
      });
}

/// Java's String.split(regex, limit) with a limit of 0 read as none.
void splitByRegex(std::string_view text, const JavaRegex& regex, int32_t limit, Match& match,
                  TextListBuilder& out) {
  size_t from = 0;
  int32_t pieces = 1;
  for (bool found = regex.find(text, 0, match); found; found = regex.findNext(match)) {
    if (limit > 0 && pieces == limit) break;
    // A match of nothing at the front makes no piece.
    if (match.end() == 0) continue;
    out.append(text.substr(from, match.begin() - from));
    from = match.end();
    ++pieces;
  }
  out.append(text.substr(from));
}

Result<arrow::Datum> splitRows(EvalContext&, Arguments arguments, int64_t rows) {
  if (const auto plain = splitPlain(arguments)) return *plain;
  PatternCache cache("split");
  Match match;
  return forEachRow<TextListBuilder>(
      arguments, rows, textsType(false),
      [&](const ArgumentColumns& in, int64_t i, TextListBuilder& out) -> Status {
        const std::string_view text = in[0].text(i);
        const int32_t limit = in.size() > 2 ? in[2].get<int32_t>(i) : -1;
        const std::string_view pattern = in[1].text(i);
        out.beginRow();
        if (pattern.empty() && !text.empty()) {
          size_t at = 0;
          for (int32_t n = 1; at < text.size(); ++n) {
            const size_t next = n == limit ? text.size() : skipCharacters(text, at, 1);
            out.append(text.substr(at, next - at));
            at = next;
          }
          return Status::OK();
        }
        SPATE_ASSIGN_OR_RETURN(const JavaRegex* regex, cache.get(pattern));
        splitByRegex(text, *regex, limit, match, out);
        return Status::OK();
      });
}

Result<BoundFunction> bindTexts(std::string_view name, std::span<const Argument> arguments,
                                std::string_view letters, bool containsNull, RowsKernel kernel) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindSignature(name, arguments, letters, "s", kernel));
  bound.type = DataType::arrayOf(DataType::stringType(), containsNull);
  return bound;
}

Result<BoundFunction> bindSplit(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings&) {
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, bindTexts(name, arguments, "ss|i", false, &splitRows));
  // Spark shows the limit even where it was left out.
  if (arguments.size() == 2)
    bound.sql = "split(" + arguments[0].sql + ", " + arguments[1].sql + ", -1)";
  return bound;
}

Result<BoundFunction> bindExtractAll(std::string_view name, std::span<const Argument> arguments,
                                     const SessionSettings&) {
  return bindTexts(name, arguments, "ss|i", true, &extractAllRows);
}

constexpr ScalarFunction kFunctions[] = {
    {"ilike", bindRows<"ss|s", "t", &likeRows<true>>},
    {"like", bindRows<"ss|s", "t", &likeRows<false>>},
    {"regexp", bindRows<"ss", "t", &rlikeRows>},
    {"regexp_count", bindRows<"ss", "i", &countRows>},
    {"regexp_extract", bindRows<"ss|i", "s", &extractRows>},
    {"regexp_extract_all", bindExtractAll},
    {"regexp_instr", bindRows<"ss|i", "i", &instrRows>},
    {"regexp_like", bindRows<"ss", "t", &rlikeRows>},
    {"regexp_replace", bindRows<"sss|i", "s", &replaceRows>},
    {"regexp_substr", bindRows<"ss", "s?", &substrRows>},
    {"rlike", bindRows<"ss", "t", &rlikeRows>},
    {"split", bindSplit},
};

}  // namespace

std::span<const ScalarFunction> regexFunctions() { return kFunctions; }

}  // namespace spate
