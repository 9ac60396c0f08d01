#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spate/plan/Relation.h"

namespace spate::plan {

/// df.write.
struct WriteCommand {
  RelationPtr input;
  std::string format;  ///< empty: spark.sql.sources.default
  enum class Mode : uint8_t { kErrorIfExists, kAppend, kOverwrite, kIgnore };
  Mode mode = Mode::kErrorIfExists;
  std::optional<std::string> path;
  /// Of a table: saveAsTable and insertInto, and what writeTo(...) ends with.
  enum class Action : uint8_t {
    kSaveAsTable,
    kInsertInto,
    kCreate,
    kReplace,
    kCreateOrReplace,
    kAppend,
    kOverwrite,
    kOverwritePartitions,
  };
  std::vector<std::string> table;
  Action action = Action::kSaveAsTable;
  Options options;
  Options properties;  ///< tableProperty
  std::vector<std::string> partitionColumns;
  std::vector<std::string> clusterColumns;
  std::optional<Bucketing> bucketing;
};

/// A Python function of the client, as it was pickled there.
struct PythonFunction {
  std::string command;
  std::string pythonVersion;
};

/// df.writeStream...start().
struct WriteStreamCommand {
  RelationPtr input;
  std::string format;
  Options options;
  std::optional<std::string> outputMode;
  std::string queryName;
  std::vector<std::string> partitionColumns;
  std::vector<std::string> clusterColumns;
  std::optional<std::string> path;
  std::vector<std::string> table;  ///< toTable
  enum class TriggerKind : uint8_t {
    kDefault,
    kProcessingTime,
    kAvailableNow,
    kOnce,
    kContinuous,
    kRealTime,
  };
  TriggerKind trigger = TriggerKind::kDefault;
  std::string interval;  ///< "1 second"
  std::optional<PythonFunction> foreachBatch;
  std::optional<PythonFunction> foreachWriter;
};

}  // namespace spate::plan
