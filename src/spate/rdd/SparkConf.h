#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Time.h"

namespace spate {

/// The settings of an application: Spark's SparkConf, with Spark's keys.
///
/// Setters return *this, so they chain. A key may be set to any text; what reads it says when the
/// text does not fit (IllegalArgumentException with the key and the text).
/// Threads: a value; not synchronised.
class SparkConf {
 public:
  SparkConf() = default;

  SparkConf& set(std::string key, std::string value);
  SparkConf& setIfMissing(const std::string& key, std::string value);
  SparkConf& setAll(const std::vector<std::pair<std::string, std::string>>& settings);
  SparkConf& remove(const std::string& key);
  /// "spark.master": local, local[N], local[*], local[N,maxFailures].
  SparkConf& setMaster(std::string master) { return set("spark.master", std::move(master)); }
  /// "spark.app.name".
  SparkConf& setAppName(std::string name) { return set("spark.app.name", std::move(name)); }

  bool contains(const std::string& key) const { return settings_.contains(key); }
  /// Throws SparkException when the key is not set (Scala: NoSuchElementException).
  std::string get(const std::string& key) const;
  std::string get(const std::string& key, std::string defaultValue) const;
  std::optional<std::string> getOption(const std::string& key) const;
  std::vector<std::pair<std::string, std::string>> getAll() const;

  int getInt(const std::string& key, int defaultValue) const;
  int64_t getLong(const std::string& key, int64_t defaultValue) const;
  double getDouble(const std::string& key, double defaultValue) const;
  bool getBoolean(const std::string& key, bool defaultValue) const;
  /// Spark's time texts: "200ms", "10s", "1min"; a bare number is milliseconds.
  Millis getTimeAsMillis(const std::string& key, Millis defaultValue) const;
  /// Spark's size texts: "512k", "1g"; a bare number is bytes.
  int64_t getSizeAsBytes(const std::string& key, int64_t defaultValue) const;

  /// "key=value" lines, sorted; values of keys that look secret are redacted as Spark does
  /// (secret, password, token, access key).
  std::string toDebugString() const;

 private:
  std::map<std::string, std::string> settings_;
};

}  // namespace spate
