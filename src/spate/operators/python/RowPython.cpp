#include "spate/operators/python/RowPython.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <numeric>
#include <string_view>

#include "spate/operators/KeyEncoder.h"
#include "spate/operators/python/EvalPython.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

Result<std::unique_ptr<PythonRun>> startRun(const std::shared_ptr<PythonFunctions>& functions,
                                            PythonTask& task, int partition) {
  if (!functions)
    return failure(
        Status::unsupported("The feature is not supported: Python functions in this place.")
            .withErrorClass("UNSUPPORTED_FEATURE", "0A000"));
  task.partition = partition;
  return functions->start(task);
}

Status putOutResults(PythonRun& run, bool wait, Output& output) {
  while (output.wantsMore()) {
    SPATE_ASSIGN_OR_RETURN(auto batch, run.take(wait));
    if (!batch) break;
    if (batch->num_rows() > 0) SPATE_RETURN_IF_ERROR(output.push(std::move(batch)));
  }
  return Status::OK();
}

class MapPython final : public Operator {
 public:
  MapPython(PythonTask task, std::shared_ptr<PythonFunctions> functions)
      : task_(std::move(task)), functions_(std::move(functions)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    if (batch->num_rows() == 0) return Status::OK();
    SPATE_RETURN_IF_ERROR(start(task));
    for (const RecordBatchPtr& part : inArrowBatches(batch, *task.run().settings))
      SPATE_RETURN_IF_ERROR(run_->push(*part));
    return putOutResults(*run_, false, output);
  }

  Status endInput(TaskContext& task, Output& output) override {
    SPATE_RETURN_IF_ERROR(start(task));
    SPATE_RETURN_IF_ERROR(run_->endInput());
    return putOutResults(*run_, true, output);
  }

 private:
  Status start(const TaskContext& task) {
    if (run_) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(run_, startRun(functions_, task_, task.partition()));
    return Status::OK();
  }

  PythonTask task_;
  std::shared_ptr<PythonFunctions> functions_;
  std::unique_ptr<PythonRun> run_;
};

/// Rows in the order of their keys, and where each group begins.
struct Groups {
  RecordBatchPtr rows;
  std::vector<int64_t> begins;
  std::vector<std::string> keys;

  size_t size() const { return begins.size(); }
  RecordBatchPtr group(size_t i) const {
    const int64_t end = i + 1 < begins.size() ? begins[i + 1] : rows->num_rows();
    return rows->Slice(begins[i], end - begins[i]);
  }
};

Result<Groups> groupsOf(const std::vector<RecordBatchPtr>& batches,
                        const GroupPythonOptions& options) {
  SPATE_ASSIGN_OR_FAIL(const auto schema, toArrowSchema(options.rows));
  Groups groups;
  SPATE_ASSIGN_OR_FAIL(groups.rows, concatenate(batches, schema));
  const auto count = static_cast<size_t>(groups.rows->num_rows());
  if (count == 0) return groups;
  std::vector<KeyColumn> columns;
  for (const int key : options.keys)
    columns.push_back({groups.rows->column(key),
                       options.rows.fields()[static_cast<size_t>(key)].type, true, true});
  std::vector<std::string> keys(count);
  for (size_t i = 0; i < count; ++i) KeyEncoder::encode(columns, static_cast<int64_t>(i), keys[i]);
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const auto keyOf = [&](int64_t row) -> const std::string& {
    return keys[static_cast<size_t>(row)];
  };
  if (!options.keys.empty()) {
    std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return keyOf(a) < keyOf(b); });
    const arrow::Int64Array positions(static_cast<int64_t>(count), arrow::Buffer::Wrap(order));
    SPATE_ASSIGN_OR_FAIL(groups.rows, takeRows(*groups.rows, positions));
  }
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && keyOf(order[i]) == keyOf(order[i - 1])) continue;
    groups.begins.push_back(static_cast<int64_t>(i));
    groups.keys.push_back(keyOf(order[i]));
  }
  return groups;
}

/// What the worker is given of a group: the columns of its input, in batches.
std::vector<RecordBatchPtr> frameOf(const RecordBatchPtr& rows, const DataType& input,
                                    const SessionSettings& settings) {
  const auto count = input.fields().size();
  auto columns = rows->columns();
  columns.resize(count);
  auto fields = rows->schema()->fields();
  fields.resize(count);
  return inArrowBatches(arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows->num_rows(),
                                                 std::move(columns)),
                        settings);
}

/// Keeps all rows until the end of the input.
class Grouping : public Operator {
 public:
  explicit Grouping(GroupPythonOptions options) : options_(std::move(options)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output&) override {
    if (batch->num_rows() > 0) batches_.push_back(std::move(batch));
    return Status::OK();
  }

 protected:
  Result<std::unique_ptr<PythonRun>> start(const TaskContext& task) {
    return startRun(options_.functions, options_.task, task.partition());
  }

  GroupPythonOptions options_;
  std::vector<RecordBatchPtr> batches_;
};

class GroupMapPython final : public Grouping {
 public:
  using Grouping::Grouping;

  Status endInput(TaskContext& task, Output& output) override {
    if (batches_.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const Groups groups, groupsOf(batches_, options_));
    batches_.clear();
    SPATE_ASSIGN_OR_RETURN(const auto run, start(task));
    for (size_t i = 0; i < groups.size() && output.wantsMore(); ++i) {
      SPATE_RETURN_IF_ERROR(
          run->pushGroup({frameOf(groups.group(i), options_.task.input, *task.run().settings)}));
      SPATE_RETURN_IF_ERROR(putOutResults(*run, false, output));
    }
    SPATE_RETURN_IF_ERROR(run->endInput());
    return putOutResults(*run, true, output);
  }
};

class AggregatePython final : public Grouping {
 public:
  AggregatePython(GroupPythonOptions options, std::shared_ptr<arrow::Schema> schema)
      : Grouping(std::move(options)), schema_(std::move(schema)) {}

  Status endInput(TaskContext& task, Output& output) override {
    if (batches_.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const Groups groups, groupsOf(batches_, options_));
    batches_.clear();
    SPATE_ASSIGN_OR_RETURN(const auto run, start(task));
    for (size_t i = 0; i < groups.size(); ++i)
      SPATE_RETURN_IF_ERROR(
          run->pushGroup({frameOf(groups.group(i), options_.task.input, *task.run().settings)}));
    SPATE_RETURN_IF_ERROR(run->endInput());
    std::vector<RecordBatchPtr> results;
    while (true) {
      SPATE_ASSIGN_OR_RETURN(auto batch, run->take(true));
      if (!batch) break;
      results.push_back(std::move(batch));
    }
    SPATE_ASSIGN_OR_RETURN(const auto resultSchema, toArrowSchema(options_.task.output));
    SPATE_ASSIGN_OR_RETURN(const auto result, concatenate(results, resultSchema));
    const auto count = static_cast<int64_t>(groups.size());
    if (result->num_rows() != count)
      return Status::corrupt("A Python worker gives another number of rows than groups");
    const arrow::Int64Array firsts(count, arrow::Buffer::Wrap(groups.begins));
    SPATE_ASSIGN_OR_RETURN(const auto keys, takeRows(*groups.rows, firsts));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const int key : options_.keys) columns.push_back(keys->column(key));
    for (const auto& column : result->columns()) columns.push_back(column);
    return output.push(arrow::RecordBatch::Make(schema_, count, std::move(columns)));
  }

 private:
  std::shared_ptr<arrow::Schema> schema_;
};

class CogroupPython final : public Grouping {
 public:
  CogroupPython(GroupPythonOptions options, GroupPythonOptions second,
                std::shared_ptr<const std::vector<RecordBatchPtr>> secondRows)
      : Grouping(std::move(options)),
        second_(std::move(second)),
        secondRows_(std::move(secondRows)) {}

  Status endInput(TaskContext& task, Output& output) override {
    if (batches_.empty() && secondRows_->empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const Groups left, groupsOf(batches_, options_));
    SPATE_ASSIGN_OR_RETURN(const Groups right, groupsOf(*secondRows_, second_));
    SPATE_ASSIGN_OR_RETURN(const auto run, start(task));
    size_t l = 0;
    size_t r = 0;
    while ((l < left.size() || r < right.size()) && output.wantsMore()) {
      const bool hasLeft = l < left.size() && (r == right.size() || left.keys[l] <= right.keys[r]);
      const bool hasRight = r < right.size() && (l == left.size() || right.keys[r] <= left.keys[l]);
      const auto leftRows = hasLeft ? left.group(l++) : left.rows->Slice(0, 0);
      const auto rightRows = hasRight ? right.group(r++) : right.rows->Slice(0, 0);
      const SessionSettings& settings = *task.run().settings;
      SPATE_RETURN_IF_ERROR(
          run->pushGroup({frameOf(leftRows, options_.task.input, settings),
                          frameOf(rightRows, options_.task.secondInput, settings)}));
      SPATE_RETURN_IF_ERROR(putOutResults(*run, false, output));
    }
    SPATE_RETURN_IF_ERROR(run->endInput());
    return putOutResults(*run, true, output);
  }

 private:
  GroupPythonOptions second_;
  std::shared_ptr<const std::vector<RecordBatchPtr>> secondRows_;
};

}  // namespace

std::unique_ptr<Operator> makeMapPython(PythonTask task,
                                        std::shared_ptr<PythonFunctions> functions) {
  return std::make_unique<MapPython>(std::move(task), std::move(functions));
}

std::unique_ptr<Operator> makeGroupMapPython(GroupPythonOptions options) {
  return std::make_unique<GroupMapPython>(std::move(options));
}

std::unique_ptr<Operator> makeAggregatePython(GroupPythonOptions options,
                                              std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<AggregatePython>(std::move(options), std::move(schema));
}

std::unique_ptr<Operator> makeCogroupPython(
    GroupPythonOptions options, GroupPythonOptions second,
    std::shared_ptr<const std::vector<RecordBatchPtr>> secondRows) {
  return std::make_unique<CogroupPython>(std::move(options), std::move(second),
                                         std::move(secondRows));
}

}  // namespace spate
