#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

/// The configuration of a session: what was set, over Spark's defaults for the keys that this
/// engine, or a client, asks for.
///
/// Threads any
class SessionConf {
 public:
  explicit SessionConf(std::map<std::string, std::string> initial = {})
      : values_(std::move(initial)) {}
  SessionConf(const SessionConf& other) : values_(other.all("")) {}

  std::optional<std::string> get(const std::string& key) const;
  std::string get(const std::string& key, const std::string& otherwise) const;
  bool isTrue(const std::string& key) const;
  /// Of a key that check() knows as one of such values.
  int64_t number(const std::string& key) const;
  Micros time(const std::string& key) const;

  /// Errors  CANNOT_MODIFY_CONFIG: a static key; INVALID_CONF_VALUE: a value it cannot have
  Status set(const std::string& key, const std::string& value);
  /// Errors  INVALID_CONF_VALUE
  static Status check(const std::string& key, const std::string& value);
  Status unset(const std::string& key);
  static bool isModifiable(const std::string& key);

  /// What was set and the defaults, of keys that begin with `prefix`.
  std::map<std::string, std::string> all(const std::string& prefix) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> values_;
};

}  // namespace spate
