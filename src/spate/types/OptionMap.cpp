#include "spate/types/OptionMap.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

#include "spate/base/AsciiCase.h"

namespace spate {
namespace {

template <class T>
std::optional<T> parseWhole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  int64_t factor;
};

/// A number and one of the units, or no unit at all.
template <size_t N>
std::optional<int64_t> parseWithUnit(std::string_view text, const std::array<Unit, N>& units) {
  std::string lower = asciiLower(text);
  lower.erase(std::remove_if(lower.begin(), lower.end(),
                             [](unsigned char c) { return std::isspace(c) != 0; }),
              lower.end());
  const size_t digits = std::min(lower.find_first_not_of("-0123456789"), lower.size());
  const auto number = parseWhole<int64_t>(std::string_view(lower).substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view name = std::string_view(lower).substr(digits);
  if (name.empty()) return number;
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (std::abs(*number) > std::numeric_limits<int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

OptionMap::OptionMap(const std::map<std::string, std::string>& options) {
  for (const auto& [key, value] : options) entries_[asciiLower(key)] = value;
}

void OptionMap::set(std::string_view key, std::string value) {
  entries_[asciiLower(key)] = std::move(value);
}

std::optional<std::string> OptionMap::find(std::string_view key) const {
  const auto it = entries_.find(asciiLower(key));
  if (it == entries_.end()) return std::nullopt;
  return it->second;
}

std::string OptionMap::get(std::string_view key, std::string_view otherwise) const {
  return find(key).value_or(std::string(otherwise));
}

Result<bool> OptionMap::getBool(std::string_view key, bool otherwise) const {
  const auto text = find(key);
  if (!text) return otherwise;
  const std::string lower = asciiLower(*text);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return failure(Status::invalidArgument(std::string(key) + " flag can be true or false"));
}

Result<int64_t> OptionMap::getInt(std::string_view key, int64_t otherwise) const {
  const auto text = find(key);
  if (!text) return otherwise;
  const auto number = parseWhole<int64_t>(*text);
  if (number) return *number;
  return failure(
      Status::invalidArgument(std::string(key) + " should be an integer. Found " + *text + "."));
}

Result<double> OptionMap::getDouble(std::string_view key, double otherwise) const {
  const auto text = find(key);
  if (!text) return otherwise;
  const auto number = parseWhole<double>(*text);
  if (number) return *number;
  return failure(Status::invalidArgument("For input string: \"" + *text + "\""));
}

Result<char> OptionMap::getChar(std::string_view key, char otherwise) const {
  const auto text = find(key);
  if (!text) return otherwise;
  if (text->empty()) return '\0';
  if (text->size() == 1) return text->front();
  if (*text == "\\t") return '\t';
  if (*text == "\\n") return '\n';
  if (*text == "\\r") return '\r';
  if (*text == "\\\\") return '\\';
  if (*text == "\\0" || *text == "\\u0000") return '\0';
  if (text->size() == 6 && text->starts_with("\\u00")) {
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(text->data() + 4, text->data() + 6, byte, 16);
    if (error == std::errc() && end == text->data() + 6 && byte < 0x80)
      return static_cast<char>(byte);
  }
  if (static_cast<unsigned char>(text->front()) >= 0x80)
    return failure(Status::unsupported(std::string(key) + " must be an ASCII character. Found " +
                                       *text + "."));
  return failure(Status::invalidArgument(std::string(key) + " cannot be more than one character."));
}

std::optional<Millis> parseTimeString(std::string_view text) {
  static constexpr std::array<Unit, 6> kUnits = {{{"ms", 1},
                                                  {"s", 1000},
                                                  {"m", 60'000},
                                                  {"min", 60'000},
                                                  {"h", 3'600'000},
                                                  {"d", 86'400'000}}};
  const auto value = parseWithUnit(text, kUnits);
  if (!value) return std::nullopt;
  return Millis(*value);
}

std::optional<int64_t> parseByteString(std::string_view text) {
  static constexpr std::array<Unit, 11> kUnits = {{{"b", 1},
                                                   {"k", 1LL << 10},
                                                   {"kb", 1LL << 10},
                                                   {"m", 1LL << 20},
                                                   {"mb", 1LL << 20},
                                                   {"g", 1LL << 30},
                                                   {"gb", 1LL << 30},
                                                   {"t", 1LL << 40},
                                                   {"tb", 1LL << 40},
                                                   {"p", 1LL << 50},
                                                   {"pb", 1LL << 50}}};
  return parseWithUnit(text, kUnits);
}

}  // namespace spate
