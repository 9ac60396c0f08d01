#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/operators/Operator.h"
#include "spate/operators/aggregate/HashAggregate.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"

namespace spate {

/// What one df.observe asks for.
struct MetricsDefinition {
  std::string name;
  std::vector<AggregateCall> calls;
  /// The metrics, over the results of the calls by position; and what they are called.
  std::vector<BoundExpressionPtr> metrics;
  std::vector<StructField> fields;
};

/// The metrics of one df.observe after a run.
struct ObservedRow {
  std::string name;
  DataType schema;
  Row values;
};

/// Gathers the metrics of one run: its tasks add what they saw.
///
/// Threads add() from task threads; the rest from one, when no task runs
class ObservedMetrics {
 public:
  using Definition = std::shared_ptr<const MetricsDefinition>;

  /// Those of a plan are known before it runs: there are metrics of no rows, too.
  void define(const Definition& definition);
  /// `partial` is what AggregateStep::kPartial puts out for the calls of the definition.
  void add(const Definition& definition, RecordBatchPtr partial);
  /// Forgets what was added: another run begins.
  void reset();
  /// Errors those of the functions
  Result<std::vector<ObservedRow>> results(const RunContext& run) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<Definition, std::vector<RecordBatchPtr>>> metrics_;
};

/// Passes all rows on and adds their metrics to `observed` at the end of the partition.
std::unique_ptr<Operator> makeCollectMetrics(ObservedMetrics::Definition definition,
                                             std::shared_ptr<ObservedMetrics> observed);

}  // namespace spate
