#include <gtest/gtest.h>

#include <string>

#include "spate/python/ForeachBatchWorker.h"

namespace spate::python {
namespace {

/// No server is there: a worker asks it for nothing before its function does.
ForeachBatchWorker::Options options(const std::string& function) {
  ForeachBatchWorker::Options options;
  options.interpreter = Interpreter::find(SPATE_TEST_PYTHON).value();
  options.serverUrl = "sc://localhost:1/";
  options.sessionId = "00112233-4455-6677-8899-aabbccddeeff";
  options.pythonVersion = options.interpreter.version;
  const std::string program =
      "import sys, pyspark.cloudpickle as c; sys.stdout.buffer.write(c.dumps(" + function + "))";
  options.command = ChildProcess::outputOf({options.interpreter.executable, "-c", program}).value();
  return options;
}

TEST(ForeachBatchWorker, functionIsCalledForEachBatchUntilItFails) {
  // The DataFrame is kept for ever: the client would tell the server that it is gone.
  const auto worker = ForeachBatchWorker::start(
      options("lambda df, id: (__import__('builtins').__dict__.setdefault('kept', []).append(df), "
              "1 // (2 - id))"),
      {});
  ASSERT_TRUE(worker.has_value()) << worker.error().message();
  EXPECT_TRUE((*worker)->run("a", 0, {}).ok());
  EXPECT_TRUE((*worker)->run("b", 1, {}).ok());
  const Status status = (*worker)->run("c", 2, {});
  EXPECT_EQ(status.errorClass(), "FOREACH_BATCH_USER_FUNCTION_ERROR");
  EXPECT_NE(status.message().find("ZeroDivisionError"), std::string::npos) << status.message();
}

TEST(ForeachBatchWorker, functionThatCannotBeReadIsToldAtTheStart) {
  ForeachBatchWorker::Options broken = options("1");
  broken.command = "no pickle";
  const auto worker = ForeachBatchWorker::start(broken, {});
  ASSERT_FALSE(worker.has_value());
  EXPECT_EQ(worker.error().errorClass(), "STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE");
}

TEST(ForeachBatchWorker, otherPythonIsToldAtTheStart) {
  ForeachBatchWorker::Options other = options("1");
  other.pythonVersion = "2.7";
  EXPECT_FALSE(ForeachBatchWorker::start(other, {}).has_value());
}

TEST(ForeachBatchWorker, startThatIsStoppedIsCancelled) {
  std::stop_source stop;
  stop.request_stop();
  const auto worker = ForeachBatchWorker::start(options("1"), stop.get_token());
  ASSERT_FALSE(worker.has_value());
  EXPECT_EQ(worker.error().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace spate::python
