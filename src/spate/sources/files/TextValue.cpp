#include "spate/sources/files/TextValue.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "spate/base/AsciiCase.h"
#include "spate/sources/files/MomentText.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

template <class T>
std::optional<T> parseFloating(std::string_view text) {
  text = trimmed(text);
  const bool isNegative = text.starts_with('-');
  if (isNegative || text.starts_with('+')) text.remove_prefix(1);
  T value = 0;
  if (text == "NaN") {
    value = std::numeric_limits<T>::quiet_NaN();
  } else if (text == "Infinity") {
    value = std::numeric_limits<T>::infinity();
  } else {
    // Java's suffixes: "1d", "1.5f".
    if (text.size() > 1 && std::string_view("dDfF").find(text.back()) != std::string_view::npos)
      text.remove_suffix(1);
    // from_chars would take "inf", "nan" and another sign.
    if (text.empty() || (!isDigit(text[0]) && text[0] != '.')) return std::nullopt;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (end != last) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Java gives infinity or zero.
      const size_t exponent = text.find_first_of("eE");
      const bool isSmall =
          exponent != text.npos && exponent + 1 < text.size() && text[exponent + 1] == '-';
      value = isSmall || text[0] == '.' ? T(0) : std::numeric_limits<T>::infinity();
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return isNegative ? -value : value;
}

/// digits * 10^-scale.
struct DecimalText {
  bool isNegative = false;
  std::string digits;
  int64_t scale = 0;
};

std::optional<DecimalText> readDecimal(std::string_view text) {
  DecimalText result;
  text = trimmed(text);
  result.isNegative = text.starts_with('-');
  if (result.isNegative || text.starts_with('+')) text.remove_prefix(1);
  bool hasPoint = false;
  size_t at = 0;
  size_t digits = 0;
  for (; at < text.size(); ++at) {
    if (isDigit(text[at])) {
      ++digits;
      if (hasPoint) ++result.scale;
      if (text[at] != '0' || !result.digits.empty()) result.digits += text[at];
    } else if (text[at] == '.' && !hasPoint) {
      hasPoint = true;
    } else {
      break;
    }
  }
  if (digits == 0) return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
    std::string_view exponentText = text.substr(at + 1);
    if (exponentText.starts_with('+')) exponentText.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] =
        std::from_chars(exponentText.data(), exponentText.data() + exponentText.size(), exponent);
    if (error != std::errc() || end != exponentText.data() + exponentText.size() ||
        exponentText.empty() || std::abs(exponent) > 100'000)
      return std::nullopt;
    result.scale -= exponent;
  }
  return result;
}

template <class Builder, class T>
bool appendIf(const std::optional<T>& value, arrow::ArrayBuilder& builder) {
  return value && static_cast<Builder&>(builder).Append(*value).ok();
}

template <class T>
std::optional<T> narrowed(std::optional<int64_t> value) {
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max())
    return std::nullopt;
  return static_cast<T>(*value);
}

std::optional<bool> parseBool(std::string_view text) {
  if (equalsIgnoringAsciiCase(text, "true")) return true;
  if (equalsIgnoringAsciiCase(text, "false")) return false;
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> parseWholeNumber(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<double> parseDoubleText(std::string_view text) { return parseFloating<double>(text); }
std::optional<float> parseFloatText(std::string_view text) { return parseFloating<float>(text); }

std::optional<Int128> parseDecimalText(std::string_view text, int precision, int scale) {
  auto number = readDecimal(text);
  if (!number) return std::nullopt;
  bool roundsUp = false;
  if (number->scale > scale) {
    const auto drop = static_cast<size_t>(number->scale - scale);
    if (drop > number->digits.size()) {
      number->digits.clear();
    } else {
      roundsUp = drop > 0 && number->digits[number->digits.size() - drop] >= '5';
      number->digits.resize(number->digits.size() - drop);
    }
  } else if (!number->digits.empty()) {
    const int64_t zeros = scale - number->scale;
    if (zeros > DataType::kMaxDecimalPrecision) return std::nullopt;
    number->digits.append(static_cast<size_t>(zeros), '0');
  }
  if (number->digits.size() > DataType::kMaxDecimalPrecision) return std::nullopt;
  Int128 value = 0;
  for (const char c : number->digits) value = value * 10 + (c - '0');
  if (roundsUp) ++value;
  Int128 limit = 1;
  for (int i = 0; i < precision; ++i) limit *= 10;
  if (value >= limit) return std::nullopt;
  return number->isNegative ? -value : value;
}

std::optional<int> wholeDigits(std::string_view text) {
  const auto number = readDecimal(text);
  if (!number || number->scale > 0) return std::nullopt;
  return static_cast<int>(
      std::max<int64_t>(1, static_cast<int64_t>(number->digits.size()) - number->scale));
}

std::optional<Datum> parseTextValue(std::string_view text, const DataType& type,
                                    const TimeZone& zone) {
  const auto datum = [](const auto& value) -> std::optional<Datum> {
    if (!value) return std::nullopt;
    return Datum(*value);
  };
  switch (type.kind()) {
    case TypeKind::kBoolean: return datum(parseBool(text));
    case TypeKind::kByte: return datum(narrowed<int8_t>(parseWholeNumber(text)));
    case TypeKind::kShort: return datum(narrowed<int16_t>(parseWholeNumber(text)));
    case TypeKind::kInteger: return datum(narrowed<int32_t>(parseWholeNumber(text)));
    case TypeKind::kLong: return datum(parseWholeNumber(text));
    case TypeKind::kFloat: return datum(parseFloatText(text));
    case TypeKind::kDouble: return datum(parseDoubleText(text));
    case TypeKind::kDecimal: {
      const auto value = parseDecimalText(text, type.precision(), type.scale());
      if (!value) return std::nullopt;
      return Datum(Decimal{*value});
    }
    case TypeKind::kDate: return datum(parseDateText(text));
    case TypeKind::kTimestamp: return datum(parseTimestampText(text, zone));
    case TypeKind::kTimestampNtz: {
      const auto moment = parseMomentText(text);
      if (!moment || moment->hasZone) return std::nullopt;
      return Datum(moment->micros);
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: return Datum(text);
    default: return std::nullopt;
  }
}

std::optional<int32_t> TextValueParser::date(std::string_view text) const {
  if (options_.datePattern == nullptr) return parseDateText(text);
  return options_.datePattern->parseDate(text);
}

std::optional<int64_t> TextValueParser::timestamp(std::string_view text) const {
  if (options_.timestampPattern == nullptr) return parseTimestampText(text, *options_.zone);
  return options_.timestampPattern->parseInstant(text, *options_.zone);
}

std::optional<int64_t> TextValueParser::timestampNtz(std::string_view text) const {
  if (options_.timestampNtzPattern != nullptr) {
    const auto parsed = options_.timestampNtzPattern->parse(text);
    if (!parsed || parsed->zone != nullptr) return std::nullopt;
    return parsed->localMicros;
  }
  const auto moment = parseMomentText(text);
  if (!moment || moment->hasZone) return std::nullopt;
  return moment->micros;
}

std::optional<double> TextValueParser::number(std::string_view text) const {
  if (text == options_.nanValue) return std::numeric_limits<double>::quiet_NaN();
  if (text == options_.negativeInfinity) return -std::numeric_limits<double>::infinity();
  if (text == options_.positiveInfinity) return std::numeric_limits<double>::infinity();
  return std::nullopt;
}

bool TextValueParser::append(std::string_view text, const DataType& type,
                             arrow::ArrayBuilder& builder) const {
  switch (type.kind()) {
    case TypeKind::kBoolean: return appendIf<arrow::BooleanBuilder>(parseBool(text), builder);
    case TypeKind::kByte:
      return appendIf<arrow::Int8Builder>(narrowed<int8_t>(parseWholeNumber(text)), builder);
    case TypeKind::kShort:
      return appendIf<arrow::Int16Builder>(narrowed<int16_t>(parseWholeNumber(text)), builder);
    case TypeKind::kInteger:
      return appendIf<arrow::Int32Builder>(narrowed<int32_t>(parseWholeNumber(text)), builder);
    case TypeKind::kLong: return appendIf<arrow::Int64Builder>(parseWholeNumber(text), builder);
    case TypeKind::kFloat: {
      if (const auto special = number(text))
        return appendIf<arrow::FloatBuilder>(std::optional(static_cast<float>(*special)), builder);
      return appendIf<arrow::FloatBuilder>(parseFloatText(text), builder);
    }
    case TypeKind::kDouble: {
      auto value = number(text);
      if (!value) value = parseDoubleText(text);
      return appendIf<arrow::DoubleBuilder>(value, builder);
    }
    case TypeKind::kDecimal: {
      std::string plain;
      if (text.find(',') != text.npos) {
        std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
                     [](char c) { return c != ','; });
        text = plain;
      }
      const auto value = parseDecimalText(text, type.precision(), type.scale());
      if (!value) return false;
      const arrow::Decimal128 decimal(static_cast<int64_t>(*value >> 64),
                                      static_cast<uint64_t>(*value));
      return static_cast<arrow::Decimal128Builder&>(builder).Append(decimal).ok();
    }
    case TypeKind::kDate: return appendIf<arrow::Date32Builder>(date(text), builder);
    case TypeKind::kTimestamp: return appendIf<arrow::TimestampBuilder>(timestamp(text), builder);
    case TypeKind::kTimestampNtz:
      return appendIf<arrow::TimestampBuilder>(timestampNtz(text), builder);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return static_cast<arrow::StringBuilder&>(builder).Append(text).ok();
    case TypeKind::kBinary: return static_cast<arrow::BinaryBuilder&>(builder).Append(text).ok();
    default: return false;
  }
}

}  // namespace spate
