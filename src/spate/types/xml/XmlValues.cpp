#include "spate/types/xml/XmlValues.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "spate/base/AsciiCase.h"
#include "spate/types/CastText.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// As Java's parseLong: a sign and digits, nothing around them.
std::optional<int64_t> wholeNumber(std::string_view text) {
  const std::string_view digits =
      text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), isDigit)) return std::nullopt;
  return parseInteger(text, false);
}

template <class T>
std::optional<T> narrowed(std::optional<int64_t> value) {
  if (!value || *value < std::numeric_limits<T>::min() || *value > std::numeric_limits<T>::max())
    return std::nullopt;
  return static_cast<T>(*value);
}

/// As Java's parseDouble, which knows NaN and Infinity in this spelling only.
std::optional<double> javaDouble(std::string_view text) {
  std::string_view unsignedText = trimmed(text);
  if (unsignedText.starts_with('-') || unsignedText.starts_with('+')) unsignedText.remove_prefix(1);
  if (unsignedText.empty()) return std::nullopt;
  if (!isDigit(unsignedText[0]) && unsignedText[0] != '.' && unsignedText != "NaN" &&
      unsignedText != "Infinity")
    return std::nullopt;
  return parseDouble(text);
}

/// As Java's NumberFormat of the English language: the number at the front of the text, whatever
/// stands behind it.
std::optional<double> numberAtFront(std::string_view text) {
  std::string plain;
  size_t at = 0;
  if (text.starts_with('-')) plain += text[at++];
  size_t digits = 0;
  bool hasPoint = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (isDigit(c)) {
      ++digits;
      plain += c;
    } else if (c == '.' && !hasPoint) {
      hasPoint = true;
      plain += c;
    } else if (c != ',' || hasPoint) {
      break;
    }
  }
  if (digits == 0) return std::nullopt;
  if (at < text.size() && text[at] == 'E') {
    size_t end = at + 1;
    if (end < text.size() && text[end] == '-') ++end;
    const size_t first = end;
    while (end < text.size() && isDigit(text[end])) ++end;
    if (end > first) plain += text.substr(at, end - at);
  }
  return parseDouble(plain);
}

std::optional<double> decimalNumber(std::string_view text) {
  if (const auto value = javaDouble(text)) return value;
  return numberAtFront(text);
}

/// Spark takes a sign off before it looks at what stands behind it: "--5" is 5, and the smallest
/// INT is none.
template <class F>
auto withoutSign(std::string_view text, F parse) -> decltype(parse(text)) {
  const bool isNegative = text.starts_with('-');
  if (!isNegative && !text.starts_with('+')) return parse(text);
  auto value = parse(text.substr(1));
  if (value && isNegative) *value = -*value;
  return value;
}

std::string withoutCommas(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return c != ','; });
  return result;
}

std::optional<Datum> decimalOf(std::string_view text, const DataType& type) {
  const std::string plain = withoutCommas(text);
  // BigDecimal takes no blanks.
  if (plain.empty() || plain.size() != trimmed(plain).size()) return std::nullopt;
  Int128 unscaled = 0;
  if (parseDecimal(plain, type.precision(), type.scale(), unscaled) != DecimalParse::kOk)
    return std::nullopt;
  return Datum(Decimal{unscaled});
}

std::optional<bool> booleanOf(std::string_view text) {
  const std::string lower = asciiLower(text);
  if (lower == "true" || lower == "1") return true;
  if (lower == "false" || lower == "0") return false;
  return std::nullopt;
}

std::optional<int32_t> dateOf(std::string_view text, const XmlOptions& options) {
  return options.datePattern ? options.datePattern->parseDate(text) : parseDate(text);
}

std::optional<int64_t> timestampOf(std::string_view text, const XmlOptions& options) {
  if (options.timestampPattern) return options.timestampPattern->parseInstant(text, *options.zone);
  return parseTimestamp(text, *options.zone, options.nowMicros);
}

std::optional<int64_t> timestampNtzOf(std::string_view text, const XmlOptions& options) {
  if (options.timestampNtzPattern) {
    const auto parsed = options.timestampNtzPattern->parse(text);
    if (!parsed || parsed->zone != nullptr) return std::nullopt;
    return parsed->localMicros;
  }
  static const std::shared_ptr<const TimeZone> kElsewhere = *TimeZone::make("+01:00");
  // Not with a zone: then it is the same moment everywhere.
  if (parseTimestamp(text, *TimeZone::utc(), 0) == parseTimestamp(text, *kElsewhere, 0))
    return std::nullopt;
  return parseTimestampNtz(text);
}

/// A number as the narrowest DECIMAL that has all of its digits; empty: it is none, or ends with
/// zeros that only an exponent tells ("1e5").
std::optional<DataType> decimalTypeOf(std::string_view text) {
  const std::string plain = withoutCommas(text);
  std::string_view rest = plain;
  if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
  const size_t exponentAt = rest.find_first_of("eE");
  int64_t exponent = 0;
  if (exponentAt != rest.npos) {
    const auto power = wholeNumber(rest.substr(exponentAt + 1));
    if (!power || *power > 1000 || *power < -1000) return std::nullopt;
    exponent = *power;
    rest = rest.substr(0, exponentAt);
  }
  int digits = 0;
  int scale = 0;
  bool hasPoint = false;
  bool hasDigits = false;
  for (const char c : rest) {
    if (c == '.' && !hasPoint) {
      hasPoint = true;
      continue;
    }
    if (!isDigit(c)) return std::nullopt;
    hasDigits = true;
    if (digits > 0 || c != '0') ++digits;
    if (hasPoint) ++scale;
  }
  const int64_t wholeScale = scale - exponent;
  const int64_t precision = std::max<int64_t>({digits, wholeScale, 1});
  if (!hasDigits || wholeScale < 0 || precision > DataType::kMaxDecimalPrecision)
    return std::nullopt;
  return DataType::decimalType(static_cast<int>(precision), static_cast<int>(wholeScale));
}

DataType timeOrTextTypeOf(std::string_view text, const XmlOptions& options) {
  if (options.prefersDate && dateOf(text, options)) return DataType::dateType();
  if (options.prefersTimestampNtz && timestampNtzOf(text, options))
    return DataType::timestampNtzType();
  if (timestampOf(text, options)) return DataType::timestampType();
  const std::string lower = asciiLower(text);
  if (lower == "true" || lower == "false") return DataType::booleanType();
  return DataType::stringType();
}

}  // namespace

std::string_view surroundingSpacesRemoved(std::string_view text, const XmlOptions& options) {
  if (!options.ignoresSurroundingSpaces) return text;
  // As Java's trim().
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

std::optional<Datum> xmlValue(std::string_view text, const DataType& type,
                              const XmlOptions& options) {
  const auto datum = [](const auto& value) -> std::optional<Datum> {
    if (!value) return std::nullopt;
    return Datum(*value);
  };
  text = surroundingSpacesRemoved(text, options);
  if (options.nullValue && text == *options.nullValue) return Datum();
  switch (type.kind()) {
    case TypeKind::kNull: return Datum();
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return Datum(text);
    case TypeKind::kBoolean: return datum(booleanOf(text));
    case TypeKind::kByte: return datum(narrowed<int8_t>(wholeNumber(text)));
    case TypeKind::kShort: return datum(narrowed<int16_t>(wholeNumber(text)));
    case TypeKind::kInteger:
      return datum(withoutSign(
          text, [](std::string_view digits) { return narrowed<int32_t>(wholeNumber(digits)); }));
    case TypeKind::kLong: return datum(withoutSign(text, &wholeNumber));
    case TypeKind::kDouble: return datum(withoutSign(text, &decimalNumber));
    case TypeKind::kFloat: {
      const auto value = withoutSign(text, [](std::string_view digits) -> std::optional<float> {
        const auto number = decimalNumber(digits);
        if (!number) return std::nullopt;
        // One rounding, from the digits.
        return parseFloat(digits).value_or(static_cast<float>(*number));
      });
      return datum(value);
    }
    case TypeKind::kDecimal: return decimalOf(text, type);
    case TypeKind::kDate: return datum(dateOf(text, options));
    case TypeKind::kTimestamp: return datum(timestampOf(text, options));
    case TypeKind::kTimestampNtz: return datum(timestampNtzOf(text, options));
    default: return std::nullopt;
  }
}

DataType xmlTypeOf(std::string_view text, const XmlOptions& options) {
  if (!options.infersTypes) return DataType::stringType();
  text = surroundingSpacesRemoved(text, options);
  if (text.empty() || (options.nullValue && text == *options.nullValue))
    return DataType::nullType();
  std::string_view digits = text;
  if (digits.starts_with('+') || digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || !(isDigit(digits[0]) || digits[0] == '.'))
    return timeOrTextTypeOf(text, options);
  if (wholeNumber(digits)) return DataType::longType();
  constexpr std::array kSuffixes = {'d', 'D', 'f', 'F'};
  if (std::find(kSuffixes.begin(), kSuffixes.end(), digits.back()) == kSuffixes.end()) {
    if (options.prefersDecimal)
      if (auto type = decimalTypeOf(text)) return *std::move(type);
    if (javaDouble(digits)) return DataType::doubleType();
  }
  return timeOrTextTypeOf(text, options);
}

}  // namespace spate
