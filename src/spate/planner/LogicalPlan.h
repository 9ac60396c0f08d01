#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/operators/PhysicalPlan.h"
#include "spate/operators/aggregate/HashAggregate.h"
#include "spate/operators/aggregate/ObservedMetrics.h"
#include "spate/operators/join/HashJoin.h"
#include "spate/operators/python/PythonFunctions.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/operators/window/WindowFunctions.h"
#include "spate/sources/SourceRegistry.h"
#include "spate/types/DataType.h"

namespace spate {

/// A column of a resolved plan.
struct OutputColumn {
  /// The same in every node that passes the column on unchanged.
  int64_t id = 0;
  StructField field;
  /// The alias that it may be named by: {"t"}.
  std::vector<std::string> qualifier = {};
  /// Set by withWatermark.
  std::optional<Micros> watermarkDelay = std::nullopt;
  /// Found by its qualified name only, and not part of `*`: the right side's key of a USING join.
  bool isHidden = false;
  /// In a correlated subquery: a column of the query around it. Every step passes it on; it is
  /// found where nothing else has the name.
  bool isOuter = false;
};
using OutputColumns = std::vector<OutputColumn>;

/// The columns as a struct, and as the schema of batches.
DataType structOf(const OutputColumns& columns);
std::shared_ptr<arrow::Schema> arrowSchemaOf(const OutputColumns& columns);

struct LogicalNode;
using LogicalNodePtr = std::shared_ptr<const LogicalNode>;

/// Where the rows of a leaf come from, batch by batch.
struct BatchScan {
  std::string name;  ///< for explain
  /// The partitions; columns not in `used` may come as nulls.
  std::function<Result<std::vector<PartitionProducer>>(const RunContext& run,
                                                       const std::vector<bool>& used)>
      produce;
  std::vector<std::string> inputFiles;
  /// Few rows that are there already.
  bool isLocal = false;
};

/// A source of a stream; `index` counts the sources of the query from 0, in the plan's order.
struct StreamScan {
  StreamDefinition definition;
  DataType schema;
  int index = 0;
};

struct ProjectStep {
  std::vector<BoundExpressionPtr> expressions;
};
struct FilterStep {
  BoundExpressionPtr condition;
};
/// Columns: the keys, then the calls.
struct AggregateStepNode {
  std::vector<BoundExpressionPtr> keys;
  std::vector<AggregateCall> calls;
};
struct JoinStep {
  JoinType type = JoinType::kInner;
  std::vector<BoundExpressionPtr> leftKeys;
  std::vector<BoundExpressionPtr> rightKeys;
  std::vector<bool> nullSafe;
  BoundExpressionPtr condition;
  bool isNullAwareAnti = false;
};
struct SortStep {
  std::vector<SortKey> keys;
  bool isGlobal = true;
};
/// limit < 0: none.
struct LimitStep {
  int64_t limit = -1;
  int64_t offset = 0;
};
struct TailStep {
  int64_t limit = 0;
};
struct UnionStep {};
/// One row per distinct value of the columns.
struct DeduplicateStep {
  std::vector<int> columns;
  bool withinWatermark = false;
};
struct GenerateStep {
  BoundGenerator generator;
  std::vector<BoundExpressionPtr> arguments;
  bool isOuter = false;
};
struct ExpandStep {
  std::vector<std::vector<BoundExpressionPtr>> projections;
};
struct SampleStep {
  double lower = 0;
  double upper = 1;
  bool withReplacement = false;
  int64_t seed = 0;
};
struct RepartitionStep {
  Distribution distribution;
  std::string text = "Exchange";  ///< for explain
};
struct WatermarkStep {
  int column = 0;
  Micros delay{0};
};
/// How a window function is written, for errors: "row_number()", its column's name, "(ORDER BY a)".
struct WindowText {
  std::string function;
  std::string column;
  std::string specification;
};
/// Columns: those of the input, then one per call.
struct WindowStep {
  std::vector<BoundExpressionPtr> partitionBy;
  std::vector<SortKey> orderBy;
  std::vector<WindowCall> calls;
  std::vector<WindowText> texts;
};
/// Rows as they are; their metrics are told beside them.
struct CollectMetricsStep {
  std::shared_ptr<const MetricsDefinition> definition;
};
/// A function of the rows of each partition.
struct PythonMapStep {
  PythonFunctionPtr function;
};
/// A function of each group of rows, or of each pair of groups when there are two children.
struct PythonGroupsStep {
  /// The rows of a group: its first `values` columns are the DataFrame, `keys` are what they have
  /// in common.
  struct Side {
    int values = 0;
    std::vector<int> keys;
  };
  PythonFunctionPtr function;
  std::vector<Side> sides;
};
/// Aggregates in Python. Columns: the keys, then the calls. The child has the arguments first.
struct PythonAggregateStep {
  int arguments = 0;
  std::vector<int> keys;
  std::vector<PythonTask::Call> calls;
};
/// A step of a resolved plan: names and types are settled, expressions read the columns of the
/// first child (a join's condition: those of both, left first) by position.
struct LogicalNode {
  using Step =
      std::variant<BatchScan, StreamScan, ProjectStep, FilterStep, AggregateStepNode, JoinStep,
                   SortStep, LimitStep, TailStep, UnionStep, DeduplicateStep, GenerateStep,
                   ExpandStep, SampleStep, RepartitionStep, WatermarkStep, WindowStep,
                   CollectMetricsStep, PythonMapStep, PythonGroupsStep, PythonAggregateStep>;
  Step step;
  std::vector<LogicalNodePtr> children;
  OutputColumns columns;
  bool isStreaming = false;
  /// By an alias: what its columns were made of cannot be named above it.
  bool isNamed = false;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&step);
  }
};

LogicalNodePtr makeLogical(LogicalNode::Step step, std::vector<LogicalNodePtr> children,
                           OutputColumns columns);

/// A number that no other column of the process has.
int64_t nextColumnId();

}  // namespace spate
