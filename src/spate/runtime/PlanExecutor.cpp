#include "spate/runtime/PlanExecutor.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Murmur3.h"

namespace spate {
namespace {

using Drive = PlanExecutor::Drive;
using Rows = std::vector<RecordBatchPtr>;

class Collecting final : public Output {
 public:
  explicit Collecting(Rows& rows, const std::atomic<bool>& cancelled)
      : rows_(rows), cancelled_(cancelled) {}
  Status push(RecordBatchPtr batch) override {
    if (cancelled_) return Status::cancelled("the operation was interrupted");
    if (batch->num_rows() > 0) rows_.push_back(std::move(batch));
    return Status::OK();
  }
  /// Ends leaves whose rows are all filtered out, too.
  bool wantsMore() const override { return !cancelled_; }

 private:
  Rows& rows_;
  const std::atomic<bool>& cancelled_;
};

/// What is behind an operator: the next one in the same task.
class Chained final : public Output {
 public:
  Chained(Operator& next, TaskContext& task, Output& output)
      : next_(next), task_(task), output_(output) {}
  Status push(RecordBatchPtr batch) override {
    return next_.push(std::move(batch), task_, output_);
  }
  bool wantsMore() const override { return !next_.isFull() && output_.wantsMore(); }

 private:
  Operator& next_;
  TaskContext& task_;
  Output& output_;
};

Status pushAll(const Rows& rows, Output& output) {
  for (const RecordBatchPtr& batch : rows) {
    if (!output.wantsMore()) break;
    SPATE_RETURN_IF_ERROR(output.push(batch));
  }
  return Status::OK();
}

Drive driveRows(std::shared_ptr<const std::vector<Rows>> all, size_t partition) {
  return [all = std::move(all), partition](TaskContext&, Output& output) {
    return pushAll((*all)[partition], output);
  };
}

Status driveOperator(Operator& op, const Drive& input, TaskContext& task, Output& output) {
  Chained chained(op, task, output);
  SPATE_RETURN_IF_ERROR(input(task, chained));
  return op.endInput(task, output);
}

/// Splits what comes in by a number for each row.
class Spreading final : public Output {
 public:
  Spreading(const Distribution& required, int count, int first, TaskContext& task,
            const std::atomic<bool>& cancelled)
      : required_(required), task_(task), cancelled_(cancelled), next_(first) {
    parts.resize(static_cast<size_t>(count));
  }

  Status push(RecordBatchPtr batch) override {
    if (cancelled_) return Status::cancelled("the operation was interrupted");
    const int count = static_cast<int>(parts.size());
    if (batch->num_rows() == 0) return Status::OK();
    if (count == 1) {
      parts[0].push_back(std::move(batch));
      return Status::OK();
    }
    std::vector<int32_t> numbers;
    if (required_.kind == Distribution::Kind::kHash) {
      EvalContext context = task_.evalContext(batch.get());
      SPATE_ASSIGN_OR_RETURN(numbers, hashPartitions(required_.keys, count, *batch, context));
    } else {
      numbers.resize(static_cast<size_t>(batch->num_rows()));
      for (int32_t& number : numbers) number = next_++ % count;
    }
    std::vector<std::vector<int64_t>> rows(parts.size());
    for (size_t i = 0; i < numbers.size(); ++i)
      rows[static_cast<size_t>(numbers[i])].push_back(static_cast<int64_t>(i));
    for (size_t part = 0; part < parts.size(); ++part) {
      if (rows[part].empty()) continue;
      const arrow::Int64Array positions(static_cast<int64_t>(rows[part].size()),
                                        arrow::Buffer::Wrap(rows[part]));
      SPATE_ASSIGN_OR_RETURN(auto taken, takeRows(*batch, positions));
      parts[part].push_back(std::move(taken));
    }
    return Status::OK();
  }

  bool wantsMore() const override { return !cancelled_; }

  std::vector<Rows> parts;

 private:
  const Distribution& required_;
  TaskContext& task_;
  const std::atomic<bool>& cancelled_;
  int next_;
};

}  // namespace

Result<std::vector<int32_t>> hashPartitions(const std::vector<BoundExpressionPtr>& keys, int count,
                                            const arrow::RecordBatch& batch, EvalContext& context) {
  std::vector<int32_t> hashes(static_cast<size_t>(batch.num_rows()), kMurmur3Seed);
  for (const BoundExpressionPtr& key : keys) {
    SPATE_ASSIGN_OR_FAIL(const auto values, evaluateToArray(*key, batch, context));
    murmur3OfColumn(*values, key->type(), hashes);
  }
  for (int32_t& hash : hashes) {
    hash %= count;
    if (hash < 0) hash += count;
  }
  return hashes;
}

Status PlanExecutor::runTasks(size_t count, const std::function<Status(size_t)>& task) {
  std::vector<Status> results(count);
  std::atomic<bool> failed{false};
  const std::function<void(size_t)> runOne = [&](size_t i) {
    if (failed || cancelled_) return;
    results[i] = task(i);
    if (!results[i].ok()) failed = true;
  };
  if (count == 1) {
    runOne(0);
  } else {
    pool_.runAll(count, runOne);
  }
  for (Status& result : results) SPATE_RETURN_IF_ERROR(std::move(result));
  if (cancelled_) return Status::cancelled("the operation was interrupted");
  return Status::OK();
}

Result<std::vector<Rows>> PlanExecutor::collectAll(const Partitions& partitions,
                                                   const RunContext& run) {
  std::vector<Rows> rows(partitions.size());
  SPATE_FAIL_IF_ERROR(runTasks(partitions.size(), [&](size_t i) {
    TaskContext task(run, static_cast<int>(i), static_cast<int>(partitions.size()));
    Collecting output(rows[i], cancelled_);
    return partitions[i](task, output);
  }));
  return rows;
}

Result<PlanExecutor::Partitions> PlanExecutor::spread(const Partitions& partitions,
                                                      const Distribution& required,
                                                      const RunContext& run) {
  if (required.kind == Distribution::Kind::kSingle) {
    SPATE_ASSIGN_OR_FAIL(auto rows, collectAll(partitions, run));
    auto all = std::make_shared<std::vector<Rows>>(1);
    for (Rows& part : rows)
      for (RecordBatchPtr& batch : part) (*all)[0].push_back(std::move(batch));
    return Partitions{driveRows(std::move(all), 0)};
  }
  const int count = required.partitions > 0 ? required.partitions : pool_.slots();
  std::vector<std::vector<Rows>> spreads(partitions.size());
  SPATE_FAIL_IF_ERROR(runTasks(partitions.size(), [&](size_t i) {
    TaskContext task(run, static_cast<int>(i), static_cast<int>(partitions.size()));
    Spreading output(required, count, static_cast<int>(i), task, cancelled_);
    SPATE_RETURN_IF_ERROR(partitions[i](task, output));
    spreads[i] = std::move(output.parts);
    return Status::OK();
  }));
  auto all = std::make_shared<std::vector<Rows>>(static_cast<size_t>(count));
  for (auto& parts : spreads)
    for (size_t part = 0; part < parts.size(); ++part)
      for (RecordBatchPtr& batch : parts[part]) (*all)[part].push_back(std::move(batch));
  Partitions drives;
  for (size_t part = 0; part < all->size(); ++part) drives.push_back(driveRows(all, part));
  return drives;
}

Result<PlanExecutor::Partitions> PlanExecutor::inputOf(const PhysicalNode& child,
                                                       const Distribution& required,
                                                       const RunContext& run) {
  SPATE_ASSIGN_OR_FAIL(Partitions partitions, partitionsOf(child, run));
  if (required.kind == Distribution::Kind::kAny) return partitions;
  if (required.kind == Distribution::Kind::kSingle && partitions.size() == 1) return partitions;
  return spread(partitions, required, run);
}

Result<PlanExecutor::Partitions> PlanExecutor::partitionsOf(const PhysicalNode& node,
                                                            const RunContext& run) {
  if (node.produce) return node.produce(run);
  if (node.isUnion) {
    Partitions all;
    for (const PhysicalNodePtr& child : node.children) {
      SPATE_ASSIGN_OR_FAIL(Partitions partitions, partitionsOf(*child, run));
      for (Drive& drive : partitions) all.push_back(std::move(drive));
    }
    return all;
  }
  if (node.build) {
    SPATE_ASSIGN_OR_FAIL(Partitions builds, inputOf(*node.children[1], node.buildRequired, run));
    SPATE_ASSIGN_OR_FAIL(std::vector<Rows> buildRows, collectAll(builds, run));
    std::vector<std::shared_ptr<void>> built(buildRows.size());
    SPATE_FAIL_IF_ERROR(runTasks(built.size(), [&](size_t i) {
      SPATE_ASSIGN_OR_RETURN(built[i], node.build(std::move(buildRows[i]), run));
      return Status::OK();
    }));
    SPATE_ASSIGN_OR_FAIL(Partitions probes, inputOf(*node.children[0], node.required, run));
    for (size_t i = 0; i < probes.size(); ++i) {
      auto side = built.size() == 1 ? built[0] : built[i];
      probes[i] = [&node, side, input = std::move(probes[i])](TaskContext& task, Output& output) {
        SPATE_ASSIGN_OR_RETURN(const auto op, node.makeProbe(task, side));
        return driveOperator(*op, input, task, output);
      };
    }
    return probes;
  }
  SPATE_ASSIGN_OR_FAIL(Partitions partitions, inputOf(*node.children[0], node.required, run));
  if (!node.makeOperator) return partitions;
  for (Drive& drive : partitions) {
    drive = [&node, input = std::move(drive)](TaskContext& task, Output& output) {
      SPATE_ASSIGN_OR_RETURN(const auto op, node.makeOperator(task));
      return driveOperator(*op, input, task, output);
    };
  }
  return partitions;
}

Result<std::vector<Rows>> PlanExecutor::collect(const PhysicalNode& root, const RunContext& run) {
  SPATE_ASSIGN_OR_FAIL(const Partitions partitions, partitionsOf(root, run));
  return collectAll(partitions, run);
}

Status PlanExecutor::forEachPartition(const PhysicalNode& root, const RunContext& run,
                                      const Consume& consume) {
  SPATE_ASSIGN_OR_RETURN(const Partitions partitions, partitionsOf(root, run));
  return runTasks(partitions.size(), [&](size_t i) {
    TaskContext task(run, static_cast<int>(i), static_cast<int>(partitions.size()));
    return consume(static_cast<int>(i), task, partitions[i]);
  });
}

}  // namespace spate
