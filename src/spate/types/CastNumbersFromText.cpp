// Texts to numbers and booleans as Spark's casts read them.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "spate/types/CastText.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

template <class T>
std::optional<T> parseFloating(std::string_view text) {
  text = trimmed(text);
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  // Java reads a suffix of its literals, too: "1.5d".
  if (digits.size() > 1 && std::string_view("dDfF").find(digits.back()) != std::string_view::npos &&
      (isDigit(digits[digits.size() - 2]) || digits[digits.size() - 2] == '.')) {
    digits.remove_suffix(1);
  }
  T value{};
  const char* end = digits.data() + digits.size();
  const bool startsAsNumber =
      !digits.empty() && (isDigit(digits[0]) || digits[0] == '.' ||
                          (digits[0] == '-' && digits.size() > 1 && text[0] != '+' &&
                           (isDigit(digits[1]) || digits[1] == '.')));
  if (startsAsNumber) {
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (parsed.ptr != end) return std::nullopt;
    if (parsed.ec == std::errc()) return value;
    if (parsed.ec != std::errc::result_out_of_range) return std::nullopt;
    // Too large is infinite and too small is zero; strtod says which.
    const std::string copy(digits);
    return std::is_same_v<T, float> ? static_cast<T>(std::strtof(copy.c_str(), nullptr))
                                    : static_cast<T>(std::strtod(copy.c_str(), nullptr));
  }
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (equalsIgnoringCase(text, "inf") || equalsIgnoringCase(text, "infinity")) {
    const T infinity = std::numeric_limits<T>::infinity();
    return negative ? -infinity : infinity;
  }
  if (equalsIgnoringCase(text, "nan")) return std::numeric_limits<T>::quiet_NaN();
  return std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto isBlank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<bool> parseBoolean(std::string_view text) {
  text = trimmed(text);
  for (const std::string_view yes : {"t", "true", "y", "yes", "1"}) {
    if (equalsIgnoringCase(text, yes)) return true;
  }
  for (const std::string_view no : {"f", "false", "n", "no", "0"}) {
    if (equalsIgnoringCase(text, no)) return false;
  }
  return std::nullopt;
}

std::optional<int64_t> parseInteger(std::string_view text, bool allowFraction) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (text.empty() || text.front() == '-') return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  const size_t point = allowFraction ? text.find('.') : std::string_view::npos;
  if (point != std::string_view::npos) {
    for (const char c : text.substr(point + 1)) {
      if (!isDigit(c)) return std::nullopt;
    }
    if (text.size() == 1) return 0;
    text = text.substr(0, point);
    if (text.empty()) return 0;
  }
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parseDouble(std::string_view text) { return parseFloating<double>(text); }
std::optional<float> parseFloat(std::string_view text) { return parseFloating<float>(text); }

DecimalParse parseDecimal(std::string_view text, int precision, int scale, Int128& unscaled) {
  text = trimmed(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  int64_t exponent = 0;
  bool seenDigit = false;
  bool seenPoint = false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !seenPoint) {
      seenPoint = true;
    } else if (isDigit(text[at])) {
      seenDigit = true;
      if (seenPoint) --exponent;
      if (!digits.empty() || text[at] != '0') digits += text[at];
    } else {
      break;
    }
  }
  if (!seenDigit) return DecimalParse::kNoNumber;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E') return DecimalParse::kNoNumber;
    std::string_view power = text.substr(at + 1);
    if (!power.empty() && power[0] == '+') power.remove_prefix(1);
    int64_t value = 0;
    const auto parsed = std::from_chars(power.data(), power.data() + power.size(), value);
    if (power.empty() || parsed.ec != std::errc() || parsed.ptr != power.data() + power.size() ||
        std::abs(value) > 1'000'000'000) {
      return DecimalParse::kNoNumber;
    }
    exponent += value;
  }
  unscaled = 0;
  if (digits.empty()) return DecimalParse::kOk;
  const int64_t shift = exponent + scale;
  const int64_t kept = static_cast<int64_t>(digits.size()) + shift;
  if (kept > 39) return DecimalParse::kOutOfRange;
  if (kept < 0) return DecimalParse::kOk;
  UInt128 value = 0;
  for (int64_t i = 0; i < kept; ++i) {
    const bool given = i < static_cast<int64_t>(digits.size());
    value = value * 10 + static_cast<unsigned>(given ? digits[static_cast<size_t>(i)] - '0' : 0);
    if (value > static_cast<UInt128>(powerOfTen(38))) return DecimalParse::kOutOfRange;
  }
  if (kept < static_cast<int64_t>(digits.size()) && digits[static_cast<size_t>(kept)] >= '5') {
    ++value;
  }
  if (value >= static_cast<UInt128>(powerOfTen(precision))) return DecimalParse::kOutOfRange;
  unscaled = negative ? -static_cast<Int128>(value) : static_cast<Int128>(value);
  return DecimalParse::kOk;
}

bool rescaleDecimal(Int128 unscaled, int fromScale, int precision, int scale, Int128& result) {
  const Int128 limit = powerOfTen(precision);
  if (scale >= fromScale) {
    const Int128 factor = powerOfTen(scale - fromScale);
    if (__builtin_mul_overflow(unscaled, factor, &result)) return false;
  } else {
    const Int128 divisor = powerOfTen(fromScale - scale);
    result = unscaled / divisor;
    const Int128 rest = unscaled < 0 ? -(unscaled % divisor) : unscaled % divisor;
    if (rest >= divisor - rest) result += unscaled < 0 ? -1 : 1;
  }
  return result < limit && result > -limit;
}

}  // namespace spate
