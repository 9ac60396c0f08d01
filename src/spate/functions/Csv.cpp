#include <arrow/datum.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/Families.h"
#include "spate/functions/FormatCalls.h"
#include "spate/functions/RowLoop.h"
#include "spate/functions/Signature.h"
#include "spate/functions/TextConversion.h"
#include "spate/types/CastText.h"
#include "spate/types/MalformedRecord.h"

namespace spate {
namespace {

using Arguments = std::span<const arrow::Datum>;

/// The characters that Spark's CSV options name.
struct CsvSyntax {
  std::string separator = ",";
  char quote = '"';
  char escape = '\\';
  std::string nullValue;
  bool trimsLeft = false;
  bool trimsRight = false;
  bool quotesAll = false;

  static CsvSyntax of(const ConversionOptions& options) {
    CsvSyntax syntax;
    for (const char* name : {"delimiter", "sep"})
      if (const std::string* text = options.find(name); text != nullptr && !text->empty())
        syntax.separator = *text == "\\t" ? "\t" : *text;
    if (const std::string* text = options.find("quote"))
      syntax.quote = text->empty() ? '\0' : (*text)[0];
    if (const std::string* text = options.find("escape"); text != nullptr && !text->empty())
      syntax.escape = (*text)[0];
    if (const std::string* text = options.find("nullValue")) syntax.nullValue = *text;
    syntax.trimsLeft = options.flag("ignoreLeadingWhiteSpace", false);
    syntax.trimsRight = options.flag("ignoreTrailingWhiteSpace", false);
    syntax.quotesAll = options.flag("quoteAll", false);
    return syntax;
  }

  struct Token {
    std::string text;
    bool isQuoted = false;
  };

  /// One record.
  std::vector<Token> split(std::string_view line) const {
    std::vector<Token> tokens;
    for (size_t at = 0;; at += separator.size()) {
      Token& token = tokens.emplace_back();
      if (at < line.size() && quote != '\0' && line[at] == quote) {
        token.isQuoted = true;
        for (++at; at < line.size(); ++at) {
          const char c = line[at];
          const bool hasNext = at + 1 < line.size();
          if (c == escape && hasNext && (line[at + 1] == quote || line[at + 1] == escape)) {
            token.text += line[++at];
          } else if (c == quote) {
            ++at;
            break;
          } else {
            token.text += c;
          }
        }
      }
      const size_t end = std::min(line.find(separator, at), line.size());
      token.text += line.substr(at, end - at);
      if (!token.isQuoted) {
        const auto isBlank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
        while (trimsLeft && !token.text.empty() && isBlank(token.text.front()))
          token.text.erase(0, 1);
        while (trimsRight && !token.text.empty() && isBlank(token.text.back()))
          token.text.pop_back();
      }
      if (end >= line.size()) return tokens;
      at = end;
    }
  }

  void append(std::string_view text, std::string& out) const {
    const bool needsQuotes =
        quotesAll || text.empty() || text.find(separator) != std::string_view::npos ||
        text.find(quote) != std::string_view::npos || text.find('\n') != std::string_view::npos ||
        text.find('\r') != std::string_view::npos;
    if (!needsQuotes) {
      out += text;
      return;
    }
    out += quote;
    for (const char c : text) {
      if (c == quote) out += escape;
      out += c;
    }
    out += quote;
  }
};

/// from_csv(text, schema[, options]).
Result<BoundFunction> bindFromCsv(std::string_view name, std::span<const Argument> arguments,
                                  const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 2, 3));
  SPATE_ASSIGN_OR_FAIL(const DataType given, constantSchema(name, arguments, 1));
  if (!given.is(TypeKind::kStruct)) {
    return failure(
        Status::invalidArgument("The input schema " + quotedType(given) + " is not a struct type.")
            .withErrorClass("INVALID_SCHEMA.NON_STRUCT_TYPE", "42K07",
                            {{"inputSchema", "\"" + arguments[1].sql + "\""},
                             {"dataType", quotedType(given)}}));
  }
  std::vector<StructField> fields = given.fields();
  for (StructField& field : fields) {
    field.nullable = true;
    if (field.type.isNested()) {
      return failure(Status::unsupported("The CSV datasource doesn't support the column `" +
                                         field.name + "` of the type " + quotedType(field.type) +
                                         ".")
                         .withErrorClass("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000",
                                         {{"format", "CSV"},
                                          {"columnName", "`" + field.name + "`"},
                                          {"columnType", quotedType(field.type)}}));
    }
  }
  const DataType type = DataType::structOf(std::move(fields));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 2));
  SPATE_ASSIGN_OR_FAIL(const MalformedMode mode, parseModeOf(name, options));
  SPATE_ASSIGN_OR_FAIL(const TextConversion texts, TextConversion::make(options, settings));
  const CsvSyntax syntax = CsvSyntax::of(options);
  const auto corrupt = corruptRecordField(options, type);
  const auto readText = [=](std::string_view text) -> Result<Datum> {
    const auto tokens = syntax.split(text);
    Row row(type.fields().size());
    size_t next = 0;
    bool isBad = false;
    for (size_t k = 0; k < row.size(); ++k) {
      if (k == corrupt) continue;
      if (next >= tokens.size()) {
        isBad = true;
        continue;
      }
      const CsvSyntax::Token& token = tokens[next++];
      if (!token.isQuoted && token.text == syntax.nullValue) continue;
      auto value = texts.read(token.text, type.fields()[k].type);
      isBad = isBad || !value;
      if (value) row[k] = std::move(*value);
    }
    isBad = isBad || next < tokens.size();
    if (isBad && mode == MalformedMode::kFailFast) return failure(malformedRecord(text));
    if (isBad && corrupt) row[*corrupt] = Datum(text);
    return Datum(std::move(row));
  };
  BoundFunction bound = boundFromFormat(name, arguments, type);
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    return valuesOfRows(values.first(1), rows, type, [&](const ArgumentColumns& in, int64_t i) {
      return readText(in[0].text(i));
    });
  };
  return bound;
}

Result<BoundFunction> bindToCsv(std::string_view name, std::span<const Argument> arguments,
                                const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  const DataType type = arguments[0].type;
  if (!type.is(TypeKind::kStruct))
    return failure(unexpectedInputType(name, arguments, 0, "\"STRUCT\""));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 1));
  SPATE_ASSIGN_OR_FAIL(const TextConversion texts, TextConversion::make(options, settings));
  const CsvSyntax syntax = CsvSyntax::of(options);
  BoundFunction bound = boundToFormat(name, arguments);
  bound.kernel = [=](EvalContext&, Arguments values, int64_t rows) {
    return forEachText(values.first(1), rows,
                       [&](const ArgumentColumns& in, int64_t i, std::string& out) {
                         const Datum value = valueAt(in[0].array(), in[0].at(i), type);
                         const Row& row = *value.as<Row>();
                         for (size_t k = 0; k < row.size(); ++k) {
                           if (k > 0) out += syntax.separator;
                           if (row[k].isNull()) {
                             out += syntax.nullValue;
                             continue;
                           }
                           std::string text;
                           texts.write(row[k], type.fields()[k].type, text);
                           syntax.append(text, out);
                         }
                       });
  };
  return bound;
}

DataType inferredType(const std::string& text) {
  if (text.empty()) return DataType::stringType();
  if (const auto integer = parseInteger(text, false)) {
    return *integer >= INT32_MIN && *integer <= INT32_MAX ? DataType::integerType()
                                                          : DataType::longType();
  }
  if (parseDouble(text)) return DataType::doubleType();
  if (text.size() == 10 && parseDate(text)) return DataType::dateType();
  if (text.size() > 10 && parseTimestamp(text, *TimeZone::utc(), 0))
    return DataType::timestampType();
  if (text == "true" || text == "false") return DataType::booleanType();
  return DataType::stringType();
}

Result<BoundFunction> bindSchemaOfCsv(std::string_view name, std::span<const Argument> arguments,
                                      const SessionSettings&) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments, 1, 2));
  const auto text = constantText(arguments[0]);
  if (!text) return failure(nonFoldableInput(name, arguments, 0, "csv", "STRING"));
  SPATE_ASSIGN_OR_FAIL(const ConversionOptions options,
                       ConversionOptions::make(name, arguments, 1));
  std::vector<StructField> fields;
  for (const auto& token : CsvSyntax::of(options).split(*text))
    fields.push_back({"_c" + std::to_string(fields.size()), inferredType(token.text), true});
  return boundSchemaOfFormat(name, arguments, DataType::structOf(std::move(fields)));
}

constexpr ScalarFunction kFunctions[] = {
    {"from_csv", bindFromCsv},
    {"schema_of_csv", bindSchemaOfCsv},
    {"to_csv", bindToCsv},
};

}  // namespace

std::span<const ScalarFunction> csvFunctions() { return kFunctions; }

}  // namespace spate
