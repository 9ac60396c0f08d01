#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

/// The options of a reader or a writer. Keys are compared without case; those that nobody asks for
/// are kept and have no effect, as in Spark.
///
/// Threads: immutable after construction
class OptionMap {
 public:
  OptionMap() = default;
  OptionMap(const std::map<std::string, std::string>& options);

  std::optional<std::string> find(std::string_view key) const;
  std::string get(std::string_view key, std::string_view otherwise) const;
  bool has(std::string_view key) const { return find(key).has_value(); }
  void set(std::string_view key, std::string value);

  /// "true" or "false" in any case.
  Result<bool> getBool(std::string_view key, bool otherwise) const;
  Result<int64_t> getInt(std::string_view key, int64_t otherwise) const;
  Result<double> getDouble(std::string_view key, double otherwise) const;
  /// One character; '\0' for an empty text, and what "\t", "\u0001" stand for.
  Result<char> getChar(std::string_view key, char otherwise) const;

  /// By lower-case keys.
  const std::map<std::string, std::string>& entries() const { return entries_; }

 private:
  std::map<std::string, std::string> entries_;
};

/// "7d", "10s", "500ms", "2h", "5m"; a bare number is milliseconds. Spark's timeStringAsMs.
std::optional<Millis> parseTimeString(std::string_view text);
/// "10k", "5mb", "1g"; a bare number is bytes.
std::optional<int64_t> parseByteString(std::string_view text);

}  // namespace spate
