#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "spate/python/ChildProcess.h"
#include "spate/python/WorkerPool.h"

namespace spate::python {
namespace {

/// What a function of the number 3 gives, in a worker.
Result<int64_t> call(FunctionWorker& worker, const std::string& function) {
  const std::string program =
      "import sys, pyspark.cloudpickle as c; from pyspark.sql.types import *; "
      "sys.stdout.buffer.write(c.dumps((" +
      function + ", LongType())))";
  FunctionTask task;
  task.inputTypeJson =
      R"({"type":"struct","fields":[{"name":"_0","type":"long","nullable":true,"metadata":{}}]})";
  task.conf = {{"spark.sql.session.timeZone", "UTC"}};
  task.functions = {
      {{{0, ""}}, {ChildProcess::outputOf({SPATE_TEST_PYTHON, "-c", program}).value()}}};
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(3).ok());
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("_0", arrow::int64())}),
                                              1, {builder.Finish().ValueOrDie()});
  worker.begin(task, batch->schema());
  SPATE_FAIL_IF_ERROR(worker.write(*batch, {}));
  SPATE_FAIL_IF_ERROR(worker.endInput({}));
  int64_t value = 0;
  SPATE_FAIL_IF_ERROR(worker.read(
      [&](const std::shared_ptr<arrow::RecordBatch>& result) {
        value = static_cast<const arrow::Int64Array&>(*result->column(0)).Value(0);
        return Status::OK();
      },
      {}));
  return value;
}

TEST(WorkerPool, workerThatDiedWhileItWasIdleIsNotHandedOut) {
  WorkerPool pool(2);
  FunctionWorker worker = pool.take(SPATE_TEST_PYTHON, {}).value();
  EXPECT_EQ(call(worker, "lambda x: x + 1").value(), 4);
  worker.kill();
  while (worker.isIdle()) std::this_thread::yield();
  pool.giveBack(std::move(worker));
  FunctionWorker next = pool.take(SPATE_TEST_PYTHON, {}).value();
  const auto value = call(next, "lambda x: x + 2");
  ASSERT_TRUE(value.has_value()) << value.error().message();
  EXPECT_EQ(*value, 5);
}

TEST(WorkerPool, daemonThatDiedIsReplaced) {
  WorkerPool pool(2);
  FunctionWorker worker = pool.take(SPATE_TEST_PYTHON, {}).value();
  ASSERT_TRUE(call(worker, "lambda x: __import__('os').kill(__import__('os').getppid(), 9)"));
  auto next = pool.take(SPATE_TEST_PYTHON, {});
  ASSERT_TRUE(next.has_value()) << next.error().message();
  EXPECT_EQ(call(*next, "lambda x: x").value(), 3);
}

TEST(WorkerPool, pythonThatNeverAnswersHoldsUpNobodyElse) {
  const std::string folder = testing::TempDir() + "never-answers";
  std::filesystem::create_directories(folder);
  const std::string program = folder + "/python";
  const std::string runs = folder + "/runs";
  std::filesystem::remove(runs);
  std::ofstream(program) << "#!/bin/sh\n: > '" << runs << "'\nexec sleep 1000\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);

  WorkerPool pool(2);
  std::stop_source stop;
  Status waits;
  std::thread waiter([&] { waits = pool.take(program, stop.get_token()).error(); });
  while (!std::filesystem::exists(runs)) std::this_thread::yield();
  EXPECT_TRUE(pool.take(SPATE_TEST_PYTHON, {}).has_value());
  std::stop_source other;
  std::thread stopper([&] { other.request_stop(); });
  EXPECT_EQ(pool.take(program, other.get_token()).error().code(), StatusCode::kCancelled)
      << "a second one waits for the first, or is asked in vain";
  stopper.join();
  stop.request_stop();
  waiter.join();
  EXPECT_EQ(waits.code(), StatusCode::kCancelled);
  std::filesystem::remove_all(folder);
}

TEST(WorkerPool, functionsImportTheFilesOfTheirSession) {
  const auto files = SessionFiles::make().value();
  WorkerPool pool(2, files);
  ASSERT_TRUE(files->add("pyfiles/mine_of_the_test.py", "def f(x): return x * 10", "").ok());
  ASSERT_TRUE(files->add("files/five.txt", "5", "").ok());
  FunctionWorker worker = pool.take(SPATE_TEST_PYTHON, {}).value();
  EXPECT_EQ(call(worker, "lambda x: __import__('mine_of_the_test').f(x)").value(), 30);
  EXPECT_EQ(call(worker, "lambda x: x * int(open('five.txt').read())").value(), 15);

  WorkerPool others(2);
  FunctionWorker other = others.take(SPATE_TEST_PYTHON, {}).value();
  EXPECT_FALSE(call(other, "lambda x: __import__('mine_of_the_test').f(x)").has_value());
}

}  // namespace
}  // namespace spate::python
