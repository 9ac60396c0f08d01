#include "spate/sources/files/JsonOptions.h"

#include "spate/sources/files/CsvOptions.h"

namespace spate {

Result<JsonOptions> JsonOptions::make(const OptionMap& options, const FileReadSettings& settings) {
  JsonOptions result;
  struct Flag {
    const char* name;
    bool& value;
  };
  for (const Flag& flag :
       {Flag{"allowComments", result.allowComments},
        Flag{"allowUnquotedFieldNames", result.allowUnquotedFieldNames},
        Flag{"allowSingleQuotes", result.allowSingleQuotes},
        Flag{"allowNumericLeadingZeros", result.allowNumericLeadingZeros},
        Flag{"allowNonNumericNumbers", result.allowNonNumericNumbers},
        Flag{"allowBackslashEscapingAnyCharacter", result.allowBackslashEscapingAnyCharacter},
        Flag{"allowUnquotedControlChars", result.allowUnquotedControlChars},
        Flag{"primitivesAsString", result.primitivesAsString},
        Flag{"prefersDecimal", result.prefersDecimal},
        Flag{"dropFieldIfAllNull", result.dropFieldIfAllNull},
        Flag{"inferTimestamp", result.infersTimestamp}, Flag{"multiLine", result.multiLine}}) {
    SPATE_ASSIGN_OR_FAIL(flag.value, options.getBool(flag.name, flag.value));
  }
  SPATE_ASSIGN_OR_FAIL(result.samplingRatio, options.getDouble("samplingRatio", 1.0));
  if (result.samplingRatio <= 0)
    return failure(Status::invalidArgument("samplingRatio (" + options.get("samplingRatio", "") +
                                           ") should be greater than 0"));
  result.encoding = options.get("encoding", options.get("charset", "UTF-8"));
  result.lineSeparator = options.find("lineSep");
  if (result.lineSeparator && result.lineSeparator->empty())
    return failure(Status::invalidArgument("'lineSep' cannot be an empty string."));
  result.mode = parseModeOf(options.get("mode", "PERMISSIVE"));
  result.corruptColumn =
      options.get("columnNameOfCorruptRecord", settings.columnNameOfCorruptRecord);
  SPATE_ASSIGN_OR_FAIL(TextValueParser::Options values, textValueOptions(options, settings));
  result.values = std::make_shared<const TextValueParser>(std::move(values));
  return result;
}

}  // namespace spate
