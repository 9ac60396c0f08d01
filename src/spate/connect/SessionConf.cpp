#include "spate/connect/SessionConf.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

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
    Default{"spark.sql.streaming.metricsEnabled", "false"},
    Default{"spark.sql.streaming.minBatchesToRetain", "100"},
    Default{"spark.sql.streaming.multipleWatermarkPolicy", "min"},
    Default{"spark.sql.streaming.noDataMicroBatches.enabled", "true"},
    Default{"spark.sql.streaming.numRecentProgressUpdates", "100"},
    Default{"spark.sql.streaming.schemaInference", "false"},
    Default{"spark.sql.streaming.stateStore.stateSchemaCheck", "true"},
    Default{"spark.sql.timestampType", "TIMESTAMP_LTZ"},
};
static_assert(std::is_sorted(kDefaults.begin(), kDefaults.end()));

constexpr std::array kBooleans = {
    std::string_view("spark.sql.ansi.enabled"), std::string_view("spark.sql.caseSensitive"),
    std::string_view("spark.sql.streaming.noDataMicroBatches.enabled"),
    std::string_view("spark.sql.streaming.schemaInference")};

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

Status SessionConf::set(const std::string& key, const std::string& value) {
  if (std::ranges::find(kStatic, key) != kStatic.end()) return cannotModify(key);
  if (std::ranges::find(kBooleans, key) != kBooleans.end() && value != "true" && value != "false")
    return Status::invalidArgument("The value '" + value + "' in the config \"" + key +
                                   "\" is invalid. " + key + " should be boolean, but was " + value)
        .withErrorClass("INVALID_CONF_VALUE.TYPE_MISMATCH", "22022",
                        {{"confName", key}, {"confValue", value}, {"confType", "boolean"}});
  if (key == "spark.sql.session.timeZone" && !TimeZone::make(value))
    return Status::invalidArgument("The value '" + value + "' in the config \"" + key +
                                   "\" is invalid. Cannot resolve the given timezone.")
        .withErrorClass("INVALID_CONF_VALUE.TIME_ZONE", "22022",
                        {{"confName", key}, {"confValue", value}});
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
