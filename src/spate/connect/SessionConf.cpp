#include "spate/connect/SessionConf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "spate/planner/ExpressionBinder.h"
#include "spate/types/CastText.h"
#include "spate/types/OptionMap.h"
#include "spate/types/TimeZone.h"

namespace spate {
namespace {

using Default = std::pair<std::string_view, std::string_view>;

constexpr std::array kDefaults = {
    Default{"spark.sql.ansi.enabled", "true"},
    Default{"spark.sql.caseSensitive", "false"},
    Default{"spark.sql.execution.arrow.maxRecordsPerBatch", "10000"},
    Default{"spark.sql.repl.eagerEval.enabled", "false"},
    Default{"spark.sql.repl.eagerEval.maxNumRows", "20"},
    Default{"spark.sql.repl.eagerEval.truncate", "20"},
    Default{"spark.sql.session.timeZone", "UTC"},
    Default{"spark.sql.sources.default", "parquet"},
    Default{"spark.sql.streaming.fileSink.log.cleanupDelay", "600000ms"},
    Default{"spark.sql.streaming.fileSink.log.compactInterval", "10"},
    Default{"spark.sql.streaming.fileSink.log.deletion", "true"},
    Default{"spark.sql.streaming.fileSource.log.cleanupDelay", "600000ms"},
    Default{"spark.sql.streaming.fileSource.log.compactInterval", "10"},
    Default{"spark.sql.streaming.fileSource.log.deletion", "true"},
    Default{"spark.sql.streaming.metricsEnabled", "false"},
    Default{"spark.sql.streaming.minBatchesToRetain", "100"},
    Default{"spark.sql.streaming.multipleWatermarkPolicy", "min"},
    Default{"spark.sql.streaming.noDataMicroBatches.enabled", "true"},
    Default{"spark.sql.streaming.noDataProgressEventInterval", "10000ms"},
    Default{"spark.sql.streaming.numRecentProgressUpdates", "100"},
    Default{"spark.sql.streaming.schemaInference", "false"},
    Default{"spark.sql.streaming.stateStore.minDeltasForSnapshot", "10"},
    Default{"spark.sql.streaming.stateStore.stateSchemaCheck", "true"},
    Default{"spark.sql.timestampType", "TIMESTAMP_LTZ"},
};
static_assert(std::is_sorted(kDefaults.begin(), kDefaults.end()));

/// What the values of a key are.
struct Typed {
  enum class Kind { kBoolean, kInt, kMillis, kSeconds };
  std::string_view key;
  Kind kind;
  /// Of numbers: at least 1, in Spark's words.
  std::string_view positive = "";
};
using enum Typed::Kind;

constexpr std::array kTyped = {
    Typed{"spark.sql.ansi.enabled", kBoolean},
    Typed{"spark.sql.caseSensitive", kBoolean},
    Typed{"spark.sql.execution.arrow.maxRecordsPerBatch", kInt},
    Typed{"spark.sql.execution.pyspark.udf.idleTimeoutSeconds", kSeconds},
    Typed{"spark.sql.shuffle.partitions", kInt,
          "The value of spark.sql.shuffle.partitions must be positive"},
    Typed{"spark.sql.streaming.fileSink.log.cleanupDelay", kMillis},
    Typed{"spark.sql.streaming.fileSink.log.compactInterval", kInt},
    Typed{"spark.sql.streaming.fileSink.log.deletion", kBoolean},
    Typed{"spark.sql.streaming.fileSource.log.cleanupDelay", kMillis},
    Typed{"spark.sql.streaming.fileSource.log.compactInterval", kInt},
    Typed{"spark.sql.streaming.fileSource.log.deletion", kBoolean},
    Typed{"spark.sql.streaming.minBatchesToRetain", kInt, "minBatchesToRetain must be positive"},
    Typed{"spark.sql.streaming.noDataMicroBatches.enabled", kBoolean},
    Typed{"spark.sql.streaming.noDataProgressEventInterval", kMillis},
    Typed{"spark.sql.streaming.numRecentProgressUpdates", kInt},
    Typed{"spark.sql.streaming.schemaInference", kBoolean},
    Typed{"spark.sql.streaming.stateStore.minDeltasForSnapshot", kInt},
    Typed{"spark.sql.streaming.stateStore.stateSchemaCheck", kBoolean},
};
static_assert(std::ranges::is_sorted(kTyped, {}, &Typed::key));

std::optional<int64_t> numberOf(const std::string& text) {
  const std::string_view digits = trimmed(text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

constexpr std::array kStatic = {std::string_view("spark.sql.extensions"),
                                std::string_view("spark.sql.warehouse.dir"),
                                std::string_view("spark.sql.streaming.ui.enabled"),
                                std::string_view("spark.sql.catalogImplementation")};

Status cannotModify(const std::string& key) {
  return Status::invalidArgument("Cannot modify the value of the Spark config: \"" + key +
                                 "\".\nSee also 'https://spark.apache.org/docs/latest/"
                                 "sql-migration-guide.html#ddl-statements'.")
      .withErrorClass(
          "CANNOT_MODIFY_CONFIG", "46110",
          {{"key", "\"" + key + "\""}, {"docroot", "https://spark.apache.org/docs/latest"}});
}

}  // namespace

std::optional<std::string> SessionConf::get(const std::string& key) const {
  {
    std::lock_guard lock(mutex_);
    if (const auto found = values_.find(key); found != values_.end()) return found->second;
  }
  const auto found = std::lower_bound(kDefaults.begin(), kDefaults.end(), Default{key, {}});
  if (found == kDefaults.end() || found->first != key) return std::nullopt;
  return std::string(found->second);
}

std::string SessionConf::get(const std::string& key, const std::string& otherwise) const {
  return get(key).value_or(otherwise);
}

bool SessionConf::isModifiable(const std::string& key) {
  if (std::ranges::find(kStatic, key) != kStatic.end()) return false;
  return key.starts_with("spark.sql.") || !key.starts_with("spark.");
}

bool SessionConf::isTrue(const std::string& key) const {
  return lowerCase(trimmed(get(key, "false"))) == "true";
}

int64_t SessionConf::number(const std::string& key) const {
  return numberOf(get(key, "")).value_or(0);
}

Micros SessionConf::time(const std::string& key) const {
  return parseTimeString(get(key, "")).value_or(Millis(0));
}

Status SessionConf::check(const std::string& key, const std::string& value) {
  if (key == "spark.sql.session.timeZone" && !TimeZone::make(value))
    return Status::invalidArgument("The value '" + value + "' in the config \"" + key +
                                   "\" is invalid. Cannot resolve the given timezone.")
        .withErrorClass("INVALID_CONF_VALUE.TIME_ZONE", "22022",
                        {{"confName", key}, {"confValue", value}});
  const auto typed = std::ranges::lower_bound(kTyped, key, {}, &Typed::key);
  if (typed == kTyped.end() || typed->key != key) return Status::OK();
  const auto isOther = [&](const std::string& type) {
    return Status::invalidArgument("The value '" + value + "' in the config \"" + key +
                                   "\" is invalid. It should be a/an '" + type + "' value.")
        .withErrorClass("INVALID_CONF_VALUE.TYPE_MISMATCH", "22022",
                        {{"confName", key}, {"confValue", value}, {"confType", type}});
  };
  switch (typed->kind) {
    case kBoolean: {
      const std::string word = lowerCase(trimmed(value));
      return word == "true" || word == "false" ? Status::OK() : isOther("boolean");
    }
    case kMillis: return parseTimeString(value) ? Status::OK() : isOther("time in MILLISECONDS");
    case kSeconds: return parseTimeString(value) ? Status::OK() : isOther("time in SECONDS");
    case kInt: break;
  }
  const auto number = numberOf(value);
  if (!number || *number != static_cast<int32_t>(*number)) return isOther("int");
  if (typed->positive.empty() || *number >= 1) return Status::OK();
  const std::string requirement(typed->positive);
  return Status::invalidArgument("The value '" + value + "' in the config \"" + key +
                                 "\" is invalid. " + requirement)
      .withErrorClass("INVALID_CONF_VALUE.REQUIREMENT", "22022",
                      {{"confName", key}, {"confValue", value}, {"confRequirement", requirement}});
}

Status SessionConf::set(const std::string& key, const std::string& value) {
  if (std::ranges::find(kStatic, key) != kStatic.end()) return cannotModify(key);
  SPATE_RETURN_IF_ERROR(check(key, value));
  std::lock_guard lock(mutex_);
  values_[key] = value;
  return Status::OK();
}

Status SessionConf::unset(const std::string& key) {
  if (std::ranges::find(kStatic, key) != kStatic.end()) return cannotModify(key);
  std::lock_guard lock(mutex_);
  values_.erase(key);
  return Status::OK();
}

std::map<std::string, std::string> SessionConf::all(const std::string& prefix) const {
  std::map<std::string, std::string> found;
  for (const auto& [key, value] : kDefaults)
    if (key.starts_with(prefix)) found.emplace(key, value);
  std::lock_guard lock(mutex_);
  for (const auto& [key, value] : values_)
    if (key.starts_with(prefix)) found[key] = value;
  return found;
}

}  // namespace spate
