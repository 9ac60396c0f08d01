#include "spate/connect/ConfDefaults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace spate::connect {
namespace {

using Default = std::pair<std::string_view, std::string_view>;

constexpr std::array kDefaults = {
    Default{"spark.connect.session.planCompression.defaultAlgorithm", "ZSTD"},
    Default{"spark.connect.session.planCompression.threshold", "10485760"},
    // Spark's is true; there is no trace of a JVM to show.
    Default{"spark.sql.connect.serverStacktrace.enabled", "false"},
    Default{"spark.sql.execution.arrow.pyspark.selfDestruct.enabled", "false"},
    Default{"spark.sql.execution.arrow.useLargeVarTypes", "false"},
    Default{"spark.sql.execution.pandas.convertToArrowArraySafely", "false"},
    Default{"spark.sql.execution.pandas.inferPandasDictAsMap", "false"},
    Default{"spark.sql.execution.pandas.structHandlingMode", "legacy"},
    // The worker is given columns, never pickled rows.
    Default{"spark.sql.execution.pythonUDF.arrow.enabled", "true"},
    Default{"spark.sql.execution.pythonUDTF.arrow.enabled", "false"},
    Default{"spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false"},
    Default{"spark.sql.pyspark.jvmStacktrace.enabled", "false"},
    Default{"spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false"},
    Default{"spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false"},
    Default{"spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824"},
    Default{"spark.sql.session.localRelationCacheThreshold", "1048576"},
    Default{"spark.sql.session.localRelationChunkSizeBytes", "16777216"},
    Default{"spark.sql.session.localRelationChunkSizeRows", "10000"},
    Default{"spark.sql.session.localRelationSizeLimit", "3221225472"},
    Default{"spark.sql.session.timeZone", "UTC"},
    Default{"spark.sql.timestampType", "TIMESTAMP_LTZ"},
};
static_assert(std::is_sorted(kDefaults.begin(), kDefaults.end()));

}  // namespace

std::optional<std::string> clientConfDefault(std::string_view key) {
  const auto found = std::lower_bound(kDefaults.begin(), kDefaults.end(), Default{key, {}});
  if (found == kDefaults.end() || found->first != key) return std::nullopt;
  return std::string(found->second);
}

}  // namespace spate::connect
