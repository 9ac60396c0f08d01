#include "spate/sources/files/CsvOptions.h"

#include <utility>

namespace spate {
namespace {

/// "\t" and its kin inside of a longer text, as Spark reads delimiters.
std::string unescapedDelimiter(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char c = text[++i];
    switch (c) {
      case 't': result += '\t'; break;
      case 'n': result += '\n'; break;
      case 'r': result += '\r'; break;
      case 'b': result += '\b'; break;
      case 'f': result += '\f'; break;
      case '0': result += '\0'; break;
      default: result += c;
    }
  }
  return result;
}

Status invalidDelimiter(const std::string& message, const std::string& errorClass) {
  return Status::invalidArgument(message).withErrorClass("INVALID_DELIMITER_VALUE." + errorClass,
                                                         "42602");
}

Result<std::shared_ptr<const DatetimePattern>> patternOf(const OptionMap& options,
                                                         std::string_view key) {
  const auto text = options.find(key);
  if (!text) return std::shared_ptr<const DatetimePattern>();
  SPATE_ASSIGN_OR_FAIL(DatetimePattern pattern, DatetimePattern::make(*text));
  return std::make_shared<const DatetimePattern>(std::move(pattern));
}

}  // namespace

Result<TextValueParser::Options> textValueOptions(const OptionMap& options,
                                                  const FileReadSettings& settings) {
  TextValueParser::Options result;
  result.zone = settings.zone;
  if (const auto id = options.find("timeZone")) {
    SPATE_ASSIGN_OR_FAIL(result.zone, TimeZone::make(*id));
  }
  SPATE_ASSIGN_OR_FAIL(result.datePattern, patternOf(options, "dateFormat"));
  SPATE_ASSIGN_OR_FAIL(result.timestampPattern, patternOf(options, "timestampFormat"));
  SPATE_ASSIGN_OR_FAIL(result.timestampNtzPattern, patternOf(options, "timestampNTZFormat"));
  const std::string locale = options.get("locale", "en-US");
  if (!locale.starts_with("en") && !locale.starts_with("EN"))
    return failure(
        Status::unsupported("The option locale is supported for English only, not '" + locale +
                            "'.")
            .withErrorClass("UNSUPPORTED_FEATURE.LOCALE", "0A000", {{"locale", locale}}));
  return result;
}

Result<CsvOptions> CsvOptions::make(const OptionMap& options, const FileReadSettings& settings) {
  CsvOptions result;
  const std::string delimiter = options.get("sep", options.get("delimiter", ","));
  if (delimiter.empty())
    return failure(
        invalidDelimiter("Invalid value for delimiter. Delimiter cannot be empty string.",
                         "DELIMITER_CANNOT_BE_EMPTY"));
  if (delimiter == "\\")
    return failure(
        invalidDelimiter("Invalid value for delimiter. Single backslash is prohibited. "
                         "It has special meaning as beginning of an escape sequence. To "
                         "get the backslash character, pass a string with two "
                         "backslashes as the delimiter.",
                         "SINGLE_BACKSLASH"));
  result.delimiter = unescapedDelimiter(delimiter);
  SPATE_ASSIGN_OR_FAIL(result.quote, options.getChar("quote", '"'));
  SPATE_ASSIGN_OR_FAIL(result.escape, options.getChar("escape", '\\'));
  SPATE_ASSIGN_OR_FAIL(result.escapeOfEscape,
                       options.getChar("charToEscapeQuoteEscaping",
                                       result.escape == result.quote ? '\0' : result.escape));
  SPATE_ASSIGN_OR_FAIL(result.comment, options.getChar("comment", '\0'));
  SPATE_ASSIGN_OR_FAIL(result.header, options.getBool("header", false));
  SPATE_ASSIGN_OR_FAIL(result.enforceSchema, options.getBool("enforceSchema", true));
  SPATE_ASSIGN_OR_FAIL(result.inferSchema, options.getBool("inferSchema", false));
  SPATE_ASSIGN_OR_FAIL(result.prefersDate, options.getBool("preferDate", true));
  SPATE_ASSIGN_OR_FAIL(result.multiLine, options.getBool("multiLine", false));
  SPATE_ASSIGN_OR_FAIL(result.ignoresLeadingSpace,
                       options.getBool("ignoreLeadingWhiteSpace", false));
  SPATE_ASSIGN_OR_FAIL(result.ignoresTrailingSpace,
                       options.getBool("ignoreTrailingWhiteSpace", false));
  SPATE_ASSIGN_OR_FAIL(result.samplingRatio, options.getDouble("samplingRatio", 1.0));
  if (result.samplingRatio <= 0)
    return failure(Status::invalidArgument("samplingRatio (" + options.get("samplingRatio", "") +
                                           ") should be greater than 0"));
  SPATE_ASSIGN_OR_FAIL(result.maxColumns, options.getInt("maxColumns", 20480));
  result.nullValue = options.get("nullValue", "");
  result.emptyValue = options.get("emptyValue", "");
  result.encoding = options.get("encoding", options.get("charset", "UTF-8"));
  result.lineSeparator = options.find("lineSep");
  if (result.lineSeparator && result.lineSeparator->empty())
    return failure(Status::invalidArgument("'lineSep' cannot be an empty string."));
  if (result.lineSeparator && result.lineSeparator->size() > 2)
    return failure(Status::invalidArgument("'lineSep' can contain only 1 character."));
  result.mode = parseModeOf(options.get("mode", "PERMISSIVE"));
  result.corruptColumn =
      options.get("columnNameOfCorruptRecord", settings.columnNameOfCorruptRecord);
  SPATE_ASSIGN_OR_FAIL(TextValueParser::Options values, textValueOptions(options, settings));
  values.nanValue = options.get("nanValue", "NaN");
  values.positiveInfinity = options.get("positiveInf", "Inf");
  values.negativeInfinity = options.get("negativeInf", "-Inf");
  result.values = std::make_shared<const TextValueParser>(std::move(values));
  const std::string unescaped = options.get("unescapedQuoteHandling", "STOP_AT_DELIMITER");
  if (unescaped != "STOP_AT_DELIMITER")
    return failure(
        Status::unsupported("The option unescapedQuoteHandling is supported as STOP_AT_DELIMITER "
                            "only, not as " +
                            unescaped + ".")
            .withErrorClass("UNSUPPORTED_FEATURE.OPTION", "0A000",
                            {{"option", "unescapedQuoteHandling"}}));
  return result;
}

}  // namespace spate
