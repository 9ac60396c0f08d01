#include "spate/functions/TextConversion.h"

#include <fmt/core.h>

#include <limits>
#include <utility>

#include "spate/base/AsciiCase.h"
#include "spate/functions/Base64.h"
#include "spate/functions/Signature.h"
#include "spate/types/CastText.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/NumberText.h"

namespace spate {
namespace {

template <class T>
std::optional<Datum> integerOf(std::string_view text) {
  const auto value = parseInteger(text, false);
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max())
    return std::nullopt;
  return Datum(static_cast<T>(*value));
}

template <class T>
std::optional<Datum> datumOfOptional(const std::optional<T>& value) {
  if (!value) return std::nullopt;
  return Datum(*value);
}

Result<std::optional<DatetimePattern>> patternOf(const ConversionOptions& options,
                                                 std::string_view name, std::string_view given) {
  const std::string* text = options.find(name);
  if (text == nullptr && given.empty()) return std::optional<DatetimePattern>();
  SPATE_ASSIGN_OR_FAIL(DatetimePattern pattern,
                       DatetimePattern::make(text != nullptr ? std::string_view(*text) : given));
  return std::optional<DatetimePattern>(std::move(pattern));
}

}  // namespace

Result<ConversionOptions> ConversionOptions::make(std::string_view name,
                                                  std::span<const Argument> arguments,
                                                  size_t index) {
  ConversionOptions options;
  if (index >= arguments.size()) return options;
  const Argument& argument = arguments[index];
  const MapValue* map = argument.constant ? argument.constant->as<MapValue>() : nullptr;
  if (map == nullptr) {
    return failure(Status::invalidArgument("Must use the `map()` function for options.")
                       .withErrorClass("INVALID_OPTIONS.NON_MAP_FUNCTION", "42K06"));
  }
  static_cast<void>(name);
  for (size_t i = 0; i < map->keys.size(); ++i) {
    const auto* key = map->keys[i].as<std::string>();
    const auto* value = map->values[i].as<std::string>();
    if (key == nullptr || value == nullptr) {
      return failure(
          Status::invalidArgument("A type of keys and values in `map()` must be string, but got " +
                                  quotedType(argument.type) + ".")
              .withErrorClass("INVALID_OPTIONS.NON_STRING_TYPE", "42K06",
                              {{"mapType", quotedType(argument.type)}}));
    }
    options.values_[asciiLower(*key)] = *value;
  }
  return options;
}

const std::string* ConversionOptions::find(std::string_view name) const {
  const auto found = values_.find(asciiLower(name));
  return found == values_.end() ? nullptr : &found->second;
}

bool ConversionOptions::flag(std::string_view name, bool given) const {
  const std::string* value = find(name);
  return value == nullptr ? given : equalsIgnoringAsciiCase(*value, "true");
}

Result<TextConversion> TextConversion::make(const ConversionOptions& options,
                                            const SessionSettings& settings) {
  TextConversion made;
  const std::string* zone = options.find("timeZone");
  SPATE_ASSIGN_OR_FAIL(made.zone_, TimeZone::make(zone != nullptr ? *zone : settings.timeZone));
  SPATE_ASSIGN_OR_FAIL(made.date_, patternOf(options, "dateFormat", ""));
  SPATE_ASSIGN_OR_FAIL(made.timestamp_, patternOf(options, "timestampFormat", ""));
  SPATE_ASSIGN_OR_FAIL(made.timestampNtz_, patternOf(options, "timestampNTZFormat", ""));
  return made;
}

std::optional<Datum> TextConversion::read(std::string_view text, const DataType& type) const {
  switch (type.kind()) {
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return Datum(text);
    case TypeKind::kBoolean:
      if (equalsIgnoringAsciiCase(text, "true")) return Datum(true);
      if (equalsIgnoringAsciiCase(text, "false")) return Datum(false);
      return std::nullopt;
    case TypeKind::kByte: return integerOf<int8_t>(text);
    case TypeKind::kShort: return integerOf<int16_t>(text);
    case TypeKind::kInteger: return integerOf<int32_t>(text);
    case TypeKind::kLong: return integerOf<int64_t>(text);
    case TypeKind::kFloat: return datumOfOptional(parseFloat(text));
    case TypeKind::kDouble: return datumOfOptional(parseDouble(text));
    case TypeKind::kDecimal: {
      Decimal decimal;
      if (parseDecimal(text, type.precision(), type.scale(), decimal.unscaled) != DecimalParse::kOk)
        return std::nullopt;
      return Datum(decimal);
    }
    case TypeKind::kBinary: {
      std::string bytes;
      if (!decodeBase64(text, bytes)) return std::nullopt;
      return Datum(std::move(bytes));
    }
    case TypeKind::kDate: return datumOfOptional(date_ ? date_->parseDate(text) : parseDate(text));
    case TypeKind::kTimestamp:
      return datumOfOptional(timestamp_ ? timestamp_->parseInstant(text, *zone_)
                                        : parseTimestamp(text, *zone_, 0));
    case TypeKind::kTimestampNtz: {
      if (!timestampNtz_) return datumOfOptional(parseTimestampNtz(text));
      const auto parsed = timestampNtz_->parse(text);
      if (!parsed) return std::nullopt;
      return Datum(parsed->localMicros);
    }
    case TypeKind::kDayTimeInterval: return datumOfOptional(parseDayTimeInterval(text, type));
    case TypeKind::kYearMonthInterval: return datumOfOptional(parseYearMonthInterval(text, type));
    case TypeKind::kCalendarInterval: return datumOfOptional(parseCalendarInterval(text));
    default: return std::nullopt;
  }
}

void TextConversion::write(const Datum& value, const DataType& type, std::string& out) const {
  if (appendNumberText(value, type, out)) return;
  switch (type.kind()) {
    case TypeKind::kDecimal: appendDecimal(value.as<Decimal>()->unscaled, type.scale(), out); break;
    case TypeKind::kBinary: appendBase64(*value.as<std::string>(), out); break;
    case TypeKind::kDate: {
      const int64_t micros = int64_t{*value.as<int32_t>()} * 86'400'000'000;
      if (date_) {
        date_->formatLocal(micros, out);
      } else {
        appendDate(*value.as<int32_t>(), out);
      }
      break;
    }
    case TypeKind::kTimestamp: {
      static const DatetimePattern iso = *DatetimePattern::make("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]");
      (timestamp_ ? *timestamp_ : iso).format(*value.as<int64_t>(), *zone_, out);
      break;
    }
    case TypeKind::kTimestampNtz: {
      static const DatetimePattern iso = *DatetimePattern::make("yyyy-MM-dd'T'HH:mm:ss[.SSS]");
      (timestampNtz_ ? *timestampNtz_ : iso).formatLocal(*value.as<int64_t>(), out);
      break;
    }
    case TypeKind::kDayTimeInterval: appendDayTimeInterval(*value.as<int64_t>(), type, out); break;
    case TypeKind::kYearMonthInterval:
      appendYearMonthInterval(*value.as<int32_t>(), type, out);
      break;
    case TypeKind::kCalendarInterval:
      appendCalendarInterval(*value.as<CalendarInterval>(), out);
      break;
    default:
      if (const auto* text = value.as<std::string>()) out += *text;
  }
}

Result<MalformedMode> parseModeOf(std::string_view function, const ConversionOptions& options) {
  const std::string* mode = options.find("mode");
  if (mode == nullptr || equalsIgnoringAsciiCase(*mode, "permissive"))
    return MalformedMode::kPermissive;
  if (equalsIgnoringAsciiCase(*mode, "failfast")) return MalformedMode::kFailFast;
  if (!equalsIgnoringAsciiCase(*mode, "dropmalformed")) return MalformedMode::kPermissive;
  return failure(
      Status::invalidArgument(fmt::format("The function `{}` doesn't support the DROPMALFORMED "
                                          "mode. Acceptable modes are PERMISSIVE and FAILFAST.",
                                          function))
          .withErrorClass(
              "PARSE_MODE_UNSUPPORTED", "42601",
              {{"funcName", fmt::format("`{}`", function)}, {"mode", "DROPMALFORMED"}}));
}

DataType asNullable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kArray: return DataType::arrayOf(asNullable(type.elementType()), true);
    case TypeKind::kMap:
      return DataType::mapOf(asNullable(type.keyType()), asNullable(type.valueType()), true);
    case TypeKind::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) {
        field.type = asNullable(field.type);
        field.nullable = true;
      }
      return DataType::structOf(std::move(fields));
    }
    default: return type;
  }
}

Result<DataType> constantSchema(std::string_view name, std::span<const Argument> arguments,
                                size_t index) {
  const auto text = constantText(arguments[index]);
  if (!text) {
    const std::string shown = "\"" + arguments[index].sql + "\"";
    static_cast<void>(name);
    return failure(
        Status::invalidArgument(fmt::format("The input expression {} should be a string literal "
                                            "and not null.",
                                            shown))
            .withErrorClass("INVALID_SCHEMA.NON_STRING_LITERAL", "42K07",
                            {{"inputSchema", shown}}));
  }
  const size_t first = text->find_first_not_of(" \t\n");
  if (first != std::string::npos && ((*text)[first] == '{' || (*text)[first] == '"')) {
    auto type = dataTypeFromJson(*text);
    if (type) return type;
  }
  return dataTypeFromDdl(*text);
}

}  // namespace spate
