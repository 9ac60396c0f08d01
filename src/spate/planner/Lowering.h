#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spate/operators/PhysicalPlan.h"
#include "spate/operators/aggregate/ObservedMetrics.h"
#include "spate/operators/python/PythonFunctions.h"
#include "spate/planner/LogicalPlan.h"

namespace spate {

/// A stateful step of a stream. Spark numbers them from the sink to the sources, the first is 0.
struct StatefulOperatorInfo {
  int64_t operatorId = 0;
  /// Spark's name: "stateStoreSave", "dedupe", "dedupeWithinWatermark".
  std::string name;
};

/// What lowering has to know beside the plan.
struct LoweringOptions {
  const SessionSettings* settings = nullptr;
  /// spark.sql.shuffle.partitions; 0: as many as there are slots.
  int shufflePartitions = 0;
  OutputMode outputMode = OutputMode::kAppend;
  /// The partitions of a stream's source in the batch that is run.
  std::function<Result<std::vector<PartitionProducer>>(
      const StreamScan& scan, const RunContext& run, const std::vector<bool>& used)>
      openStream;
  /// spark.sql.streaming.statefulOperator.alwaysNullableOutput.enabled of the stream: the schema of
  /// its state says of everything that it may be null. Without it, what Spark kept before it had
  /// the setting.
  bool isNullableState = true;
  /// Where Python functions run; null: nowhere, such a plan can be explained but not run.
  std::shared_ptr<PythonFunctions> python;
  /// Out: the stateful steps met.
  std::vector<StatefulOperatorInfo>* stateful = nullptr;
  /// Where df.observe puts its metrics; null: nobody asks for them.
  std::shared_ptr<ObservedMetrics> observed = nullptr;
};

/// Lowers a resolved plan to one that can be run. Columns nobody reads are not computed.
///
/// Errors  UNSUPPORTED_FEATURE: a step that cannot be run here
Result<PhysicalNodePtr> lower(const LogicalNodePtr& plan, const LoweringOptions& options);

}  // namespace spate
