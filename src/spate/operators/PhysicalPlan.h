#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/operators/Operator.h"

namespace spate {

struct PhysicalNode;
using PhysicalNodePtr = std::shared_ptr<const PhysicalNode>;

/// The rows of one partition of a leaf: pushed into the output until it wants no more.
using PartitionProducer = std::function<Status(TaskContext& task, Output& output)>;

/// How the rows of a child must be spread before an operator gets them.
struct Distribution {
  enum class Kind : uint8_t {
    kAny,
    /// All rows in one partition, in order of partitions.
    kSingle,
    /// Spark's hash partitioning by the expressions, so rows with equal keys meet.
    kHash,
    /// In turn.
    kRoundRobin,
  };
  Kind kind = Kind::kAny;
  std::vector<BoundExpressionPtr> keys = {};
  /// 0: as many as there are slots.
  int partitions = 0;
};

/// A plan that can be run, as a tree: leaves produce partitions, inner nodes make an Operator for
/// each partition of their (first) child. A second child is run to its end before, as a whole
/// (`prepare`): the build side of a join.
struct PhysicalNode {
  /// As explain() shows it: "Project [a#0]".
  std::string name;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<PhysicalNodePtr> children = {};

  // --- a leaf ---
  /// The partitions of the run.
  std::function<Result<std::vector<PartitionProducer>>(const RunContext& run)> produce = nullptr;

  // --- an inner node ---
  Distribution required = {};
  std::function<Result<std::unique_ptr<Operator>>(TaskContext& task)> makeOperator = nullptr;

  // --- a node with several inputs that are partitions side by side: union ---
  bool isUnion = false;

  // --- a node with a build side (children[1]) ---
  Distribution buildRequired = {};
  /// Gets all batches of partition `partition` of the build side before makeOperator is called;
  /// what it gives is handed to makeProbe. One partition for all (broadcast) when buildRequired is
  /// kSingle and required is not kHash.
  std::function<Result<std::shared_ptr<void>>(std::vector<RecordBatchPtr> rows,
                                              const RunContext& run)>
      build = nullptr;
  std::function<Result<std::unique_ptr<Operator>>(TaskContext& task,
                                                  const std::shared_ptr<void>& built)>
      makeProbe = nullptr;
};

/// The tree as text, one node a line, "+- " before children: Spark's explain.
std::string treeText(const PhysicalNode& root);

}  // namespace spate
