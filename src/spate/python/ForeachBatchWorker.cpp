#include "spate/python/ForeachBatchWorker.h"

#include <algorithm>

namespace spate::python {
namespace {

constexpr int32_t kExceptionThrown = -2;

Status notInitialized(int32_t code, const std::string& cause) {
  const std::string number = std::to_string(code);
  return Status::userCode("Streaming Runner initialization failed, returned " + number +
                          ". Cause: " + cause)
      .withErrorClass("STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE", "XXKST",
                      {{"resFromPython", number}, {"msg", cause}});
}

}  // namespace

Result<std::unique_ptr<ForeachBatchWorker>> ForeachBatchWorker::start(const Options& options,
                                                                      const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + options.startTimeout;
  SPATE_ASSIGN_OR_FAIL(WorkerListener listener, WorkerListener::make());
  auto environment = options.interpreter.environment(options.files.get());
  environment["SPARK_CONNECT_LOCAL_URL"] = options.serverUrl;
  environment["PYTHON_WORKER_FACTORY_SOCK_PATH"] = listener.path();
  const std::vector<std::string> command = {
      options.interpreter.executable, "-m",
      "pyspark.sql.connect.streaming.worker.foreach_batch_worker"};
  SPATE_ASSIGN_OR_FAIL(ChildProcess process,
                       ChildProcess::start(command, environment, false,
                                           options.files ? options.files->folder() : ""));

  // One that cannot even start is noticed as soon as it ends.
  Result<WorkerChannel> channel = failure(Status::cancelled(""));
  while (!channel) {
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    channel = listener.accept(stop, std::min(soon, deadline));
    if (channel) break;
    if (stop.stop_requested()) return failure(channel.error());
    if (!process.isRunning()) return failure(notInitialized(-1, "the Python worker has ended"));
    if (std::chrono::steady_clock::now() >= deadline) {
      return failure(notInitialized(-1, "the Python worker did not connect in time"));
    }
  }
  // First of all its process id, which is known here.
  if (const auto pid = channel->readInt(stop, deadline); !pid) {
    return failure(notInitialized(-1, pid.error().message()));
  }
  channel->writeText(options.pythonVersion);
  channel->writeText(options.sessionId);
  channel->writeText(options.command);
  SPATE_FAIL_IF_ERROR(channel->flush(stop));
  const Result<int32_t> answer = channel->readInt(stop, deadline);
  if (!answer) {
    if (stop.stop_requested()) return failure(answer.error());
    return failure(notInitialized(-1, answer.error().message()));
  }
  if (*answer != 0) {
    const Result<std::string> traceback = channel->readText(stop);
    return failure(notInitialized(*answer, traceback.value_or("")));
  }
  return std::unique_ptr<ForeachBatchWorker>(
      new ForeachBatchWorker(std::move(process), *std::move(channel),
                             options.interpreter.isAtLeast43(), options.sessionId));
}

Status ForeachBatchWorker::run(const std::string& dataFrameId, int64_t batchId,
                               const std::stop_token& stop) {
  channel_.writeText(dataFrameId);
  channel_.writeLong(batchId);
  if (namesSession_) channel_.writeText(sessionId_);
  SPATE_RETURN_IF_ERROR(channel_.flush(stop));
  SPATE_ASSIGN_OR_RETURN(const int32_t answer, channel_.readInt(stop));
  if (answer == 0) return Status::OK();
  std::string reason = "the Python worker answers " + std::to_string(answer);
  if (answer == kExceptionThrown) {
    SPATE_ASSIGN_OR_RETURN(reason, channel_.readText(stop));
  }
  return Status::userCode(
             "An error occurred in the user provided function in foreach batch sink. Reason: " +
             reason)
      .withErrorClass("FOREACH_BATCH_USER_FUNCTION_ERROR", "39000", {{"reason", reason}});
}

}  // namespace spate::python
