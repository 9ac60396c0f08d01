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
  std::vector<std::string> table;  ///< saveAsTable, insertInto
  bool isInsertInto = false;
  Options options;
  std::vector<std::string> partitionColumns;
  std::vector<std::string> sortColumns;
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
  std::optional<std::string> path;
  std::optional<std::string> table;
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
