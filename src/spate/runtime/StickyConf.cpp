#include "spate/runtime/StickyConf.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "spate/base/Logging.h"

namespace spate {
namespace {

struct Sticky {
  std::string_view key;
  std::string_view value;
  /// Of a log that was written before Spark had the key; empty: that of the session.
  std::string_view before = "";
  /// Other values change what is on disk, and how is not known here.
  bool isFixed = false;
};

constexpr std::array kSticky = {
    Sticky{"spark.sql.dropDuplicates.deterministicKeyOrder.enabled", "true", "false"},
    Sticky{"spark.sql.function.protobufExtensions.enabled", "false"},
    Sticky{"spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan", "false", "true"},
    Sticky{"spark.sql.shuffle.partitions", "200"},
    Sticky{"spark.sql.streaming.aggregation.stateFormatVersion", "2", "1", true},
    Sticky{"spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion", "2", "1"},
    Sticky{"spark.sql.streaming.join.stateFormatVersion", "2", "1"},
    Sticky{"spark.sql.streaming.multipleWatermarkPolicy", "min", "min"},
    Sticky{"spark.sql.streaming.queryEvolution.enableSourceEvolution", "false", "false", true},
    Sticky{"spark.sql.streaming.stateStore.compression.codec", "lz4", "lz4", true},
    Sticky{"spark.sql.streaming.stateStore.encodingFormat", "unsaferow", "unsaferow", true},
    Sticky{"spark.sql.streaming.stateStore.providerClass",
           "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider", "", true},
    Sticky{"spark.sql.streaming.stateStore.rocksdb.formatVersion", "5"},
    Sticky{"spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion", "2", "1"},
    Sticky{"spark.sql.streaming.stateStore.rowChecksum.enabled", "false", "false", true},
    Sticky{"spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled", "true", "false"},
    Sticky{"spark.sql.streaming.statefulOperator.useStrictDistribution", "true", "false"},
};
static_assert(std::ranges::is_sorted(kSticky, {}, &Sticky::key));

constexpr std::string_view kComponent = "OffsetSeqMetadata";

Status check(const Sticky& sticky, const std::string& value) {
  if (!sticky.isFixed || value == sticky.value) return Status::OK();
  return Status::unsupported("The feature is not supported: " + std::string(sticky.key) + " = " +
                             value + ".")
      .withErrorClass("UNSUPPORTED_FEATURE", "0A000");
}

}  // namespace

Result<std::map<std::string, std::string>> stickyConf(
    const std::function<std::optional<std::string>(const std::string& key)>& session,
    const std::map<std::string, std::string>& logged) {
  // Keys that a later Spark logged stay in the log.
  std::map<std::string, std::string> conf = logged;
  for (const Sticky& sticky : kSticky) {
    const std::string key(sticky.key);
    std::string value = session(key).value_or(std::string(sticky.value));
    if (const auto found = logged.find(key); found != logged.end()) {
      if (found->second != value)
        logWarn(kComponent, "Updating the value of conf '" + key + "' in current session from '" +
                                value + "' to '" + found->second + "'.");
      value = found->second;
    } else if (!logged.empty() && !sticky.before.empty()) {
      value = sticky.before;
      logWarn(kComponent, "Conf '" + key +
                              "' was not found in the offset log, using default value '" + value +
                              "'");
    }
    SPATE_FAIL_IF_ERROR(check(sticky, value));
    conf[key] = std::move(value);
  }
  return conf;
}

}  // namespace spate
