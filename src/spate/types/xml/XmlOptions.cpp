#include "spate/types/xml/XmlOptions.h"

#include <string_view>
#include <utility>

#include "spate/types/CastText.h"

namespace spate {
namespace {

Status requirementFailed(const std::string& what) {
  return Status::invalidArgument("requirement failed: " + what);
}

Status withoutAngleBrackets(const std::string& option, const std::string& value) {
  if (!value.starts_with('<') && !value.ends_with('>')) return Status::OK();
  return requirementFailed("'" + option + "' should not include angle brackets");
}

Status notSupported(const std::string& option) {
  return Status::unsupported("The option " + option + " of XML is not supported.")
      .withErrorClass("UNSUPPORTED_FEATURE.OPTION", "0A000", {{"option", option}});
}

Result<std::shared_ptr<const DatetimePattern>> patternOf(const std::optional<std::string>& text) {
  if (!text) return std::shared_ptr<const DatetimePattern>();
  SPATE_ASSIGN_OR_FAIL(DatetimePattern pattern, DatetimePattern::make(*text));
  return std::make_shared<const DatetimePattern>(std::move(pattern));
}

Status readPatterns(const OptionMap& options, XmlOptions& result) {
  const auto date = options.find("dateFormat");
  const auto timestamp = options.find("timestampFormat");
  const auto timestampNtz = options.find("timestampNTZFormat");
  const std::string isoDate = "yyyy-MM-dd";
  SPATE_ASSIGN_OR_RETURN(result.datePattern,
                         patternOf(date || !result.prefersDate ? date : std::optional(isoDate)));
  SPATE_ASSIGN_OR_RETURN(result.timestampPattern, patternOf(timestamp));
  SPATE_ASSIGN_OR_RETURN(result.timestampNtzPattern, patternOf(timestampNtz));
  SPATE_ASSIGN_OR_RETURN(result.dateOutput, patternOf(date.value_or(isoDate)));
  SPATE_ASSIGN_OR_RETURN(result.timestampOutput,
                         patternOf(timestamp.value_or("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]")));
  SPATE_ASSIGN_OR_RETURN(result.timestampNtzOutput,
                         patternOf(timestampNtz.value_or("yyyy-MM-dd'T'HH:mm:ss[.SSS]")));
  return Status::OK();
}

Status readFlags(const OptionMap& options, XmlOptions& result) {
  struct Flag {
    const char* name;
    bool& value;
  };
  for (const Flag& flag :
       {Flag{"multiLine", result.multiLine}, Flag{"excludeAttribute", result.excludesAttributes},
        Flag{"ignoreSurroundingSpaces", result.ignoresSurroundingSpaces},
        Flag{"ignoreNamespace", result.ignoresNamespace}, Flag{"inferSchema", result.infersTypes},
        Flag{"prefersDecimal", result.prefersDecimal}, Flag{"preferDate", result.prefersDate},
        Flag{"validateName", result.validatesNames}}) {
    SPATE_ASSIGN_OR_RETURN(flag.value, options.getBool(flag.name, flag.value));
  }
  return Status::OK();
}

Status checkTags(const XmlOptions& options) {
  if (options.rowTag.empty())
    return requirementFailed("'rowTag' option should not be an empty string.");
  SPATE_RETURN_IF_ERROR(withoutAngleBrackets("rowTag", options.rowTag));
  SPATE_RETURN_IF_ERROR(withoutAngleBrackets("rootTag", options.rootTag));
  SPATE_RETURN_IF_ERROR(withoutAngleBrackets("declaration", options.declaration));
  if (options.valueTag.empty())
    return requirementFailed("'valueTag' option should not be empty string.");
  if (options.valueTag == options.attributePrefix)
    return requirementFailed("'valueTag' and 'attributePrefix' options should not be the same.");
  return Status::OK();
}

}  // namespace

Result<XmlOptions> XmlOptions::make(const OptionMap& options, const Session& session,
                                    bool needsRowTag) {
  XmlOptions result;
  const auto rowTag = options.find("rowTag");
  if (!rowTag && needsRowTag)
    return failure(Status::invalidArgument(
                       "`rowTag` option is required for reading/writing files in XML format.")
                       .withErrorClass("XML_ROW_TAG_MISSING", "42KDF", {{"rowTag", "`rowTag`"}}));
  if (rowTag) result.rowTag = std::string(trimmed(*rowTag));
  result.rootTag = options.get("rootTag", result.rootTag);
  result.declaration = options.get("declaration", result.declaration);
  result.attributePrefix = options.get("attributePrefix", result.attributePrefix);
  result.valueTag = options.get("valueTag", result.valueTag);
  SPATE_FAIL_IF_ERROR(checkTags(result));
  result.nullValue = options.find("nullValue");
  result.arrayElementName = options.get("arrayElementName", result.arrayElementName);
  result.indent = options.get("indent", result.indent);
  result.wildcardColumn = options.get("wildcardColName", result.wildcardColumn);
  result.encoding = options.get("encoding", options.get("charset", ""));
  result.corruptColumn =
      options.get("columnNameOfCorruptRecord", session.columnNameOfCorruptRecord);
  SPATE_ASSIGN_OR_FAIL(result.samplingRatio, options.getDouble("samplingRatio", 1.0));
  if (result.samplingRatio <= 0)
    return failure(requirementFailed("samplingRatio (" + options.get("samplingRatio", "") +
                                     ") should be greater than 0"));
  SPATE_FAIL_IF_ERROR(readFlags(options, result));
  for (const char* name : {"rowValidationXSDPath", "singleVariantColumn"})
    if (options.has(name)) return failure(notSupported(name));
  const std::string locale = options.get("locale", "en-US");
  if (!locale.starts_with("en") && !locale.starts_with("EN"))
    return failure(
        Status::unsupported("The option locale is supported for English only, not '" + locale +
                            "'.")
            .withErrorClass("UNSUPPORTED_FEATURE.LOCALE", "0A000", {{"locale", locale}}));
  result.zone = session.zone;
  if (const auto id = options.find("timeZone")) {
    SPATE_ASSIGN_OR_FAIL(result.zone, TimeZone::make(*id));
  }
  SPATE_FAIL_IF_ERROR(readPatterns(options, result));
  result.caseSensitive = session.caseSensitive;
  result.prefersTimestampNtz = session.prefersTimestampNtz;
  result.nowMicros = session.nowMicros;
  return result;
}

}  // namespace spate
