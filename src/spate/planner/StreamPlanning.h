#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spate/plan/Command.h"
#include "spate/planner/LogicalPlan.h"
#include "spate/sinks/MemorySink.h"
#include "spate/sinks/SinkRegistry.h"

namespace spate {

/// What writeStream says about its sink, resolved.
struct SinkRequest {
  const plan::WriteStreamCommand& command;
  std::string format;
  DataType schema;
  OutputMode outputMode;
  const SessionSettings* settings;
  std::function<Result<std::shared_ptr<SinkFilesLog>>(const std::string& directory)> openSinkFiles =
      nullptr;
};

struct PlannedSink {
  std::shared_ptr<Sink> sink;
  /// For progress reports.
  std::string description;
  /// Of the format memory: what its table shows.
  std::shared_ptr<MemorySink> memory;
};

/// Errors  Spark's: an unknown format, options the sink refuses, an output mode it has not
Result<PlannedSink> planSink(const SinkRequest& request);

/// "file:/a/b" and "file:///a/b" as a path of this machine; other texts as they are.
std::string localPathOf(const std::string& text);

}  // namespace spate
