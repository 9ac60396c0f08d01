#include "spate/connect/PythonWorkers.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <array>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "spate/connect/TimeZoneColumns.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/DataTypeJson.h"
#include "spate/types/OptionMap.h"

namespace spate {
namespace {

using python::FunctionTask;

/// What the workers look at; each with Spark's default when the session does not set it.
constexpr std::array kWorkerConf = {
    "spark.sql.execution.arrow.maxBytesPerBatch",
    "spark.sql.execution.arrow.maxRecordsPerBatch",
    "spark.sql.execution.arrow.useLargeVarTypes",
    "spark.sql.execution.pandas.convertToArrowArraySafely",
    "spark.sql.execution.pyspark.binaryAsBytes",
    "spark.sql.execution.pythonUDF.arrow.concurrency.level",
    "spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled",
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype",
    "spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName",
    "spark.sql.legacy.execution.pythonUDF.pandas.conversion.enabled",
};

FunctionTask functionTask(const PythonTask& task, const SessionSettings& settings) {
  FunctionTask made;
  made.evalType = static_cast<python::EvalType>(task.evalType);
  for (const PythonTask::Call& call : task.calls) {
    FunctionTask::Function function;
    function.arguments = call.arguments;
    for (const PythonFunctionPtr& one : call.functions) function.commands.push_back(one->command);
    made.functions.push_back(std::move(function));
  }
  made.inputTypeJson = toJson(task.input);
  made.conf["spark.sql.session.timeZone"] = settings.timeZone;
  for (const char* key : kWorkerConf) {
    if (const auto value = settings.conf ? settings.conf(key) : std::nullopt)
      made.conf[key] = *value;
  }
  made.partition = task.partition;
  return made;
}

/// Functions of whole rows take and give them as one column that is a struct.
bool takesRows(PythonEvalType type) {
  return type == PythonEvalType::kMapPandasIter || type == PythonEvalType::kMapArrowIter ||
         type == PythonEvalType::kGroupedMapArrow;
}
bool givesRows(PythonEvalType type) {
  return takesRows(type) || type == PythonEvalType::kGroupedMapPandas ||
         type == PythonEvalType::kCogroupedMapPandas || type == PythonEvalType::kCogroupedMapArrow;
}

Result<RecordBatchPtr> asStruct(const RecordBatchPtr& batch) {
  auto rows = batch->ToStructArray();
  if (!rows.ok()) return failure(fromArrow(rows.status()));
  const auto schema = arrow::schema({arrow::field("struct", (*rows)->type(), false)});
  return arrow::RecordBatch::Make(schema, batch->num_rows(), {*std::move(rows)});
}

/// "5" and "5s" are the same; 0 for what is no time.
int secondsOf(const std::string& text) {
  const bool hasUnit =
      !text.empty() && (std::isdigit(static_cast<unsigned char>(text.back())) == 0);
  const auto time = parseTimeString(hasUnit ? text : text + "s").value_or(Millis(0));
  return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(time).count());
}

bool isTrue(const std::string& value) { return lowerCase(value) == "true"; }

/// The same values with the fields and time zones of `type`, cast where the layout is another.
arrow::Result<std::shared_ptr<arrow::ArrayData>> withType(
    const std::shared_ptr<arrow::ArrayData>& data, const std::shared_ptr<arrow::DataType>& type) {
  const arrow::Type::type id = type->id();
  const bool isNested =
      id == arrow::Type::LIST || id == arrow::Type::MAP || id == arrow::Type::STRUCT;
  if (data->type->id() == id && isNested && data->type->num_fields() == type->num_fields()) {
    auto copy = data->Copy();
    copy->type = type;
    for (size_t i = 0; i < copy->child_data.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          copy->child_data[i],
          withType(copy->child_data[i], type->field(static_cast<int>(i))->type()));
    }
    return copy;
  }
  if (data->type->Equals(*type)) return data;
  ARROW_ASSIGN_OR_RAISE(auto cast, arrow::compute::Cast(*arrow::MakeArray(data), type,
                                                        arrow::compute::CastOptions::Safe()));
  return cast->data();
}

class WorkerRun final : public PythonRun {
 public:
  WorkerRun(std::shared_ptr<python::WorkerPool> pool, python::FunctionWorker worker,
            PythonEvalType evalType, const std::stop_token& stop)
      : pool_(std::move(pool)),
        worker_(std::move(worker)),
        evalType_(evalType),
        forward_(stop, [this] { ended_.request_stop(); }) {}

  ~WorkerRun() override {
    ended_.request_stop();
    if (reader_.joinable()) reader_.join();
    if (isDone_ && status_.ok() && worker_.isReusable()) {
      pool_->giveBack(std::move(worker_));
    } else {
      // It may be in code that never looks at the socket.
      worker_.kill();
    }
  }

  Status begin(const PythonTask& task, const SessionSettings& settings) {
    timeZone_ = settings.timeZone;
    const auto conf = [&](const char* key) {
      return settings.conf ? settings.conf(key).value_or("") : std::string();
    };
    tellsCrash_ = isTrue(conf("spark.sql.execution.pyspark.udf.faulthandler.enabled")) ||
                  isTrue(conf("spark.python.worker.faulthandler.enabled"));
    if (isTrue(conf("spark.sql.execution.pyspark.udf.killOnIdleTimeout")))
      idleSeconds_ = secondsOf(conf("spark.sql.execution.pyspark.udf.idleTimeoutSeconds"));
    SPATE_ASSIGN_OR_RETURN(output_, toArrowSchema(task.output));
    SPATE_ASSIGN_OR_RETURN(const auto input, toArrowSchema(task.input));
    input_ = connect::inTimeZone(*input, timeZone_);
    if (takesRows(evalType_)) {
      flat_ = input_;
      input_ = arrow::schema({arrow::field("struct", arrow::struct_(flat_->fields()), false)});
    }
    const bool hasGroups = evalType_ == PythonEvalType::kGroupedMapPandas ||
                           evalType_ == PythonEvalType::kGroupedMapArrow ||
                           evalType_ == PythonEvalType::kCogroupedMapPandas ||
                           evalType_ == PythonEvalType::kCogroupedMapArrow ||
                           evalType_ == PythonEvalType::kGroupedAggPandas ||
                           evalType_ == PythonEvalType::kGroupedAggArrow;
    worker_.begin(functionTask(task, settings), hasGroups ? nullptr : input_);
    reader_ = std::thread([this] { read(); });
    return Status::OK();
  }

  Status push(const arrow::RecordBatch& batch) override {
    SPATE_ASSIGN_OR_RETURN(const auto sent, asSent(batch));
    return orResult(worker_.write(*sent, ended_.get_token()));
  }

  Status pushGroup(const std::vector<std::vector<RecordBatchPtr>>& frames) override {
    std::vector<std::vector<RecordBatchPtr>> sent;
    for (const auto& frame : frames) {
      sent.emplace_back();
      for (const RecordBatchPtr& batch : frame) {
        if (takesRows(evalType_)) {
          SPATE_ASSIGN_OR_RETURN(auto one, asSent(*batch));
          sent.back().push_back(std::move(one));
          continue;
        }
        sent.back().push_back(
            connect::withSchema(*batch, connect::inTimeZone(*batch->schema(), timeZone_)));
      }
    }
    return orResult(worker_.writeGroup(sent, ended_.get_token()));
  }

  Status endInput() override { return orResult(worker_.endInput(ended_.get_token())); }

  Result<RecordBatchPtr> take(bool wait) override {
    std::unique_lock lock(mutex_);
    if (wait) waitForResults(lock);
    if (!results_.empty()) {
      RecordBatchPtr batch = std::move(results_.front());
      results_.pop_front();
      return batch;
    }
    if (isDone_ && !status_.ok()) return failure(status_);
    return RecordBatchPtr();
  }

 private:
  Result<RecordBatchPtr> asSent(const arrow::RecordBatch& batch) const {
    auto typed = connect::withSchema(batch, flat_ ? flat_ : input_);
    if (!flat_) return typed;
    return asStruct(typed);
  }

  /// What the worker says of its end tells more than that it cannot be written to.
  Status orResult(Status written) {
    if (written.ok()) return written;
    if (written.code() == StatusCode::kCancelled) ended_.request_stop();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return isDone_; });
    // A worker that had enough rows is gone without an error.
    return status_;
  }

  void read() {
    Status status = worker_.read(
        [this](std::shared_ptr<arrow::RecordBatch> batch) -> Status {
          SPATE_ASSIGN_OR_RETURN(auto result, asDeclared(std::move(batch)));
          std::lock_guard lock(mutex_);
          results_.push_back(std::move(result));
          changed_.notify_all();
          return Status::OK();
        },
        ended_.get_token());
    if (status.code() == StatusCode::kIoError) status = crashed();
    std::lock_guard lock(mutex_);
    // It was ended for another reason before.
    if (status_.ok()) status_ = std::move(status);
    isDone_ = true;
    changed_.notify_all();
  }

  Status crashed() const {
    const std::string crash = tellsCrash_ ? worker_.crash() : "";
    if (!crash.empty())
      return Status::userCode("Python worker exited unexpectedly (crashed): " + crash);
    return Status::userCode(
        "Python worker exited unexpectedly (crashed). Consider setting "
        "'spark.sql.execution.pyspark.udf.faulthandler.enabled' or "
        "'spark.python.worker.faulthandler.enabled' configuration to 'true' for the better Python "
        "traceback.");
  }

  /// Whether there are results, or the end, before the worker was idle for too long.
  void waitForResults(std::unique_lock<std::mutex>& lock) {
    const auto hasMore = [this] { return isDone_ || !results_.empty(); };
    if (idleSeconds_ <= 0) {
      changed_.wait(lock, hasMore);
      return;
    }
    if (changed_.wait_for(lock, std::chrono::seconds(idleSeconds_), hasMore)) return;
    status_ = Status::userCode("Python worker process terminated due to idle timeout (timeout: " +
                               std::to_string(idleSeconds_) + " seconds)");
    worker_.kill();
    changed_.wait(lock, [this] { return isDone_; });
  }

  /// The batch with the types that the query counts on.
  Result<RecordBatchPtr> asDeclared(RecordBatchPtr batch) const {
    if (givesRows(evalType_)) {
      auto rows = arrow::RecordBatch::FromStructArray(batch->column(0));
      if (!rows.ok()) return failure(fromArrow(rows.status()));
      batch = *std::move(rows);
    }
    if (batch->num_columns() != output_->num_fields())
      return failure(mismatch("a Python function", *output_, *batch->schema()));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i = 0; i < batch->num_columns(); ++i) {
      auto column = withType(batch->column_data(i), output_->field(i)->type());
      if (!column.ok()) return failure(mismatch("a Python function", *output_, *batch->schema()));
      columns.push_back(arrow::MakeArray(*std::move(column)));
    }
    return arrow::RecordBatch::Make(output_, batch->num_rows(), std::move(columns));
  }

  static Status mismatch(const std::string& operation, const arrow::Schema& expected,
                         const arrow::Schema& actual) {
    const auto text = [](const arrow::Schema& schema) {
      const auto type = fromArrowSchema(schema);
      return type ? type->sql() : schema.ToString();
    };
    const std::string wanted = text(expected);
    const std::string given = text(actual);
    return Status::userCode("Invalid schema from " + operation + ": expected " + wanted + ", got " +
                            given + ".")
        .withErrorClass(
            "ARROW_TYPE_MISMATCH", "42K0G",
            {{"operation", operation}, {"outputTypes", wanted}, {"actualDataTypes", given}});
  }

  const std::shared_ptr<python::WorkerPool> pool_;
  python::FunctionWorker worker_;
  const PythonEvalType evalType_;
  std::string timeZone_;
  std::shared_ptr<arrow::Schema> input_;
  /// Of takesRows: the columns inside the struct.
  std::shared_ptr<arrow::Schema> flat_;
  std::shared_ptr<arrow::Schema> output_;
  bool tellsCrash_ = false;
  /// 0: it may take as long as it takes.
  int idleSeconds_ = 0;
  std::stop_source ended_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<RecordBatchPtr> results_;
  bool isDone_ = false;
  Status status_;
  const std::stop_callback<std::function<void()>> forward_;
  std::thread reader_;
};

}  // namespace

Result<std::unique_ptr<PythonRun>> PythonWorkers::start(const PythonTask& task) {
  SPATE_ASSIGN_OR_FAIL(python::FunctionWorker worker, pool_->take(configuredPython_, stop_));
  auto run = std::make_unique<WorkerRun>(pool_, std::move(worker), task.evalType, stop_);
  SPATE_FAIL_IF_ERROR(run->begin(task, *settings_));
  return std::unique_ptr<PythonRun>(std::move(run));
}

}  // namespace spate
