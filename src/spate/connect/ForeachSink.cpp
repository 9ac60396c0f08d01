#include "spate/connect/ForeachSink.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <thread>

#include "spate/python/RowPickler.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

/// Spark's writer gives its workers as many rows at once.
constexpr size_t kRowsAtOnce = 100;

Status userFunctionError(const Status& cause) {
  if (cause.code() == StatusCode::kCancelled) return cause;
  return Status::userCode(
             "An error occurred in the user provided function in foreach sink. Reason: " +
             cause.message())
      .withErrorClass("FOREACH_USER_FUNCTION_ERROR", "39000", {{"reason", cause.message()}});
}

}  // namespace

Result<WriteResult> ForeachSink::write(BatchId batch, int partition,
                                       arrow::RecordBatchReader& rows) {
  SPATE_ASSIGN_OR_FAIL(auto pickler, python::RowPickler::make(options_.schema));
  SPATE_ASSIGN_OR_FAIL(auto worker,
                       options_.workers->take(options_.configuredPython, options_.stop));
  python::FunctionTask task;
  task.evalType = python::EvalType::kRows;
  task.functions = {{{}, {options_.command}}};
  task.partition = partition;
  task.conf = {{"spark.sql.session.timeZone", options_.timeZone}};
  task.localProperties = {{"streaming.sql.batchId", std::to_string(batch.value)}};
  worker.begin(task, nullptr);

  std::stop_source ended;
  const std::stop_callback both(options_.stop, [&ended] { ended.request_stop(); });
  Status read;
  std::thread reader(
      [&] { read = worker.read([](const auto&) { return Status::OK(); }, ended.get_token()); });
  WriteResult result{partition, 0, {}};
  const std::vector<StructField>& fields = options_.schema.fields();
  const auto writeAll = [&]() -> Status {
    while (true) {
      std::shared_ptr<arrow::RecordBatch> next;
      SPATE_RETURN_IF_ERROR(fromArrow(rows.ReadNext(&next)));
      if (!next) break;
      result.rows += next->num_rows();
      for (int64_t i = 0; i < next->num_rows(); ++i) {
        Row row;
        for (size_t column = 0; column < fields.size(); ++column)
          row.push_back(valueAt(*next->column(static_cast<int>(column)), i, fields[column].type));
        pickler.add(row);
        if (pickler.rows() < kRowsAtOnce) continue;
        SPATE_RETURN_IF_ERROR(worker.writeRows(pickler.finish(), ended.get_token()));
      }
    }
    if (pickler.rows() > 0)
      SPATE_RETURN_IF_ERROR(worker.writeRows(pickler.finish(), ended.get_token()));
    return worker.endInput(ended.get_token());
  };
  const Status written = writeAll();
  // A worker that is gone has said why; what else fails here ends it.
  if (!written.ok() && written.code() != StatusCode::kIoError) ended.request_stop();
  reader.join();
  if (!read.ok()) {
    worker.kill();
    if (!written.ok() && read.code() == StatusCode::kCancelled) return failure(written);
    return failure(userFunctionError(read));
  }
  // A function that did not want all rows (open() returned false) leaves its worker unusable.
  if (written.ok() && worker.isReusable()) options_.workers->giveBack(std::move(worker));
  return result;
}

}  // namespace spate
