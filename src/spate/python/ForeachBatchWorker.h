#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "spate/base/Status.h"
#include "spate/python/ChildProcess.h"
#include "spate/python/Interpreter.h"
#include "spate/python/SessionFiles.h"
#include "spate/python/WorkerChannel.h"

namespace spate::python {

/// A process that runs the function of foreachBatch. The function is given a DataFrame that stands
/// for a relation which the session keeps (CachedRemoteRelation), and works on it as a client of
/// this server.
///
/// Threads one at a time
class ForeachBatchWorker {
 public:
  struct Options {
    Interpreter interpreter;
    /// SessionFactory::onServing() told it.
    std::string serverUrl;
    std::string sessionId;
    /// The function as the client pickled it.
    std::string command;
    /// The Python that pickled it, "3.11": another one cannot read it.
    std::string pythonVersion;
    /// Where it starts and imports from; null: none.
    std::shared_ptr<const SessionFiles> files;
    std::chrono::milliseconds startTimeout{60000};
  };

  /// Starts the process, connects it to the session and lets it read the function: two to four
  /// seconds.
  ///
  /// Errors STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE; kCancelled
  static Result<std::unique_ptr<ForeachBatchWorker>> start(const Options& options,
                                                           const std::stop_token& stop);

  /// Calls the function and waits for its end. `dataFrameId` is the id of the kept relation.
  ///
  /// Errors FOREACH_BATCH_USER_FUNCTION_ERROR with the traceback: the worker has ended then;
  ///        kIoError: it died; kCancelled: `stop` (the worker cannot be used again)
  Status run(const std::string& dataFrameId, int64_t batchId, const std::stop_token& stop);

 private:
  ForeachBatchWorker(ChildProcess process, WorkerChannel channel, bool namesSession,
                     std::string sessionId)
      : process_(std::move(process)),
        channel_(std::move(channel)),
        namesSession_(namesSession),
        sessionId_(std::move(sessionId)) {}

  ChildProcess process_;
  WorkerChannel channel_;
  bool namesSession_;
  std::string sessionId_;
};

}  // namespace spate::python
