#include "spate/rdd/SparkConf.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "spate/types/Exceptions.h"

namespace spate {
namespace {

[[noreturn]] void throwIllegal(const std::string& key, const std::string& value,
                               const std::string& expected) {
  throw IllegalArgumentException("Illegal value for config key " + key + ": \"" + value +
                                 "\" is not " + expected);
}

template <class Number>
Number parseNumber(const std::string& key, const std::string& text, const std::string& expected) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) throwIllegal(key, text, expected);
  return number;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Splits "10min" into 10 and "min".
std::pair<int64_t, std::string> numberAndUnit(const std::string& key, const std::string& text,
                                              const std::string& expected) {
  const size_t digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0);
  if (digits == std::string::npos) return {parseNumber<int64_t>(key, text, expected), ""};
  return {parseNumber<int64_t>(key, text.substr(0, digits), expected), lower(text.substr(digits))};
}

}  // namespace

SparkConf& SparkConf::set(std::string key, std::string value) {
  settings_.insert_or_assign(std::move(key), std::move(value));
  return *this;
}

SparkConf& SparkConf::setIfMissing(const std::string& key, std::string value) {
  settings_.try_emplace(key, std::move(value));
  return *this;
}

SparkConf& SparkConf::setAll(const std::vector<std::pair<std::string, std::string>>& settings) {
  for (const auto& [key, value] : settings) set(key, value);
  return *this;
}

SparkConf& SparkConf::remove(const std::string& key) {
  settings_.erase(key);
  return *this;
}

std::string SparkConf::get(const std::string& key) const {
  if (auto value = getOption(key)) return *value;
  throw SparkException(Status::notFound(key + " is not set in the SparkConf"));
}

std::string SparkConf::get(const std::string& key, std::string defaultValue) const {
  return getOption(key).value_or(std::move(defaultValue));
}

std::optional<std::string> SparkConf::getOption(const std::string& key) const {
  const auto it = settings_.find(key);
  if (it == settings_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::pair<std::string, std::string>> SparkConf::getAll() const {
  return {settings_.begin(), settings_.end()};
}

int SparkConf::getInt(const std::string& key, int defaultValue) const {
  const auto text = getOption(key);
  return text ? parseNumber<int>(key, *text, "a number") : defaultValue;
}

int64_t SparkConf::getLong(const std::string& key, int64_t defaultValue) const {
  const auto text = getOption(key);
  return text ? parseNumber<int64_t>(key, *text, "a number") : defaultValue;
}

double SparkConf::getDouble(const std::string& key, double defaultValue) const {
  const auto text = getOption(key);
  return text ? parseNumber<double>(key, *text, "a number") : defaultValue;
}

bool SparkConf::getBoolean(const std::string& key, bool defaultValue) const {
  const auto text = getOption(key);
  if (!text) return defaultValue;
  const std::string value = lower(*text);
  if (value == "true") return true;
  if (value == "false") return false;
  throwIllegal(key, *text, "true or false");
}

Millis SparkConf::getTimeAsMillis(const std::string& key, Millis defaultValue) const {
  const auto text = getOption(key);
  if (!text) return defaultValue;
  const std::string expected = "a time (50s, 100ms, 2min, 1h, 1d)";
  const auto [number, unit] = numberAndUnit(key, *text, expected);
  if (unit.empty() || unit == "ms") return Millis(number);
  if (unit == "us") return Millis(number / 1000);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "m" || unit == "min") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  if (unit == "d") return std::chrono::days(number);
  throwIllegal(key, *text, expected);
}

int64_t SparkConf::getSizeAsBytes(const std::string& key, int64_t defaultValue) const {
  const auto text = getOption(key);
  if (!text) return defaultValue;
  const std::string expected = "a size (512k, 64m, 1g)";
  auto [number, unit] = numberAndUnit(key, *text, expected);
  if (unit.size() > 1 && unit.back() == 'b') unit.pop_back();
  if (unit.empty() || unit == "b") return number;
  static constexpr std::string_view kUnits = "kmgtp";
  const size_t power = unit.size() == 1 ? kUnits.find(unit[0]) : std::string_view::npos;
  if (power == std::string_view::npos) throwIllegal(key, *text, expected);
  return number << (10 * (power + 1));
}

std::string SparkConf::toDebugString() const {
  std::string text;
  for (const auto& [key, value] : settings_) {
    const std::string name = lower(key);
    // Spark's default of spark.redaction.regex: (?i)secret|password|token|access[.]?key
    const bool secret =
        name.find("secret") != std::string::npos || name.find("password") != std::string::npos ||
        name.find("token") != std::string::npos || name.find("accesskey") != std::string::npos ||
        name.find("access.key") != std::string::npos;
    if (!text.empty()) text += '\n';
    text += key + "=" + (secret ? "*********(redacted)" : value);
  }
  return text;
}

}  // namespace spate
