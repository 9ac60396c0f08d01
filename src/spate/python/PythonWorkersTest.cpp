#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "spate/python/ChildProcess.h"
#include "spate/python/FunctionWorker.h"
#include "spate/python/Interpreter.h"
#include "spate/python/WorkerChannel.h"

namespace spate::python {
namespace {

/// The Python of the project's .venv, which has the client in it.
const Interpreter& interpreter() {
  static const Interpreter found = Interpreter::find(SPATE_TEST_PYTHON).value();
  return found;
}

TEST(ChildProcess, outputOfACommandIsRead) {
  EXPECT_EQ(ChildProcess::outputOf({"printf", "%s", "a b"}).value(), "a b");
  EXPECT_FALSE(ChildProcess::outputOf({"false"}).has_value());
  EXPECT_FALSE(ChildProcess::outputOf({"/no/such/program"}).has_value());
}

TEST(ChildProcess, endsWithItsObject) {
  pid_t pid = 0;
  {
    ChildProcess child = ChildProcess::start({"sleep", "1000"}, {}, true).value();
    pid = child.pid();
    EXPECT_TRUE(child.isRunning());
  }
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(pid)));
}

TEST(WorkerChannel, numbersAndTextsCrossIt) {
  WorkerListener listener = WorkerListener::make().value();
  WorkerChannel client = WorkerChannel::connect(listener.path()).value();
  WorkerChannel server =
      listener.accept({}, std::chrono::steady_clock::now() + std::chrono::minutes(1)).value();
  client.writeInt(-2);
  client.writeLong(int64_t{1} << 40);
  client.writeText("caf\u00e9");
  ASSERT_TRUE(client.flush({}).ok());
  EXPECT_EQ(server.readInt({}).value(), -2);
  EXPECT_EQ(server.readLong({}).value(), int64_t{1} << 40);
  EXPECT_EQ(server.readText({}).value(), "caf\u00e9");
  client.writeInt(-7);
  ASSERT_TRUE(client.flush({}).ok());
  EXPECT_EQ(server.readText({}).error().code(), StatusCode::kCorrupt);
  client.close();
  EXPECT_EQ(server.readInt({}).error().code(), StatusCode::kIoError);
}

/// Whether a thread of this process waits in the kernel.
bool isAsleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name = text.rfind(')');
  return name != std::string::npos && text.substr(name, 3) == ") S";
}

TEST(WorkerChannel, readingEndsWhenItIsStopped) {
  WorkerListener listener = WorkerListener::make().value();
  WorkerChannel client = WorkerChannel::connect(listener.path()).value();
  std::stop_source stop;
  Status status;
  std::atomic<pid_t> thread = 0;
  std::thread reader([&] {
    thread = ::gettid();
    status = client.readInt(stop.get_token()).error();
  });
  while (thread == 0 || !isAsleep(thread)) std::this_thread::yield();
  stop.request_stop();
  reader.join();
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

TEST(Interpreter, isAskedForItsVersions) {
  EXPECT_EQ(interpreter().pysparkVersion, "4.2.0");
  EXPECT_FALSE(interpreter().isAtLeast43());
  EXPECT_TRUE(
      (Interpreter{.executable = {}, .version = {}, .pysparkVersion = "4.3.0", .pysparkFolder = {}}
           .isAtLeast43()));
  EXPECT_EQ(Interpreter::find("/no/such/python").error().errorClass(), "PYTHON_EXCEPTION");
}

/// What the client would pickle.
std::string pickled(const std::string& function) {
  const std::string program =
      "import sys, pyspark.cloudpickle as c; from pyspark.sql.types import *; "
      "sys.stdout.buffer.write(c.dumps((" +
      function + ", LongType())))";
  return ChildProcess::outputOf({interpreter().executable, "-c", program}).value();
}

class FunctionWorkerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { daemon = WorkerDaemon::start(interpreter(), nullptr, {}).value(); }
  static void TearDownTestSuite() { daemon = nullptr; }

  static std::shared_ptr<arrow::Table> numbers(int64_t count) {
    arrow::Int64Builder builder;
    for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(i).ok());
    return arrow::Table::Make(arrow::schema({arrow::field("_0", arrow::int64())}),
                              {builder.Finish().ValueOrDie()});
  }

  FunctionTask task(const std::string& function) {
    FunctionTask task;
    task.inputTypeJson =
        R"({"type":"struct","fields":[{"name":"_0","type":"long","nullable":true,"metadata":{}}]})";
    task.conf = {{"spark.sql.session.timeZone", "UTC"}};
    task.functions = {{{{0, ""}}, {pickled(function)}}};
    return task;
  }

  /// As a query does: one thread writes while another one reads.
  Status run(FunctionWorker& worker, const FunctionTask& work, int64_t count) {
    const auto table = numbers(count);
    arrow::TableBatchReader batches(*table);
    batches.set_chunksize(10000);
    rows = 0;
    sum = 0;
    worker.begin(work, table->schema());
    Status status;
    std::thread reader([&] {
      status = worker.read(
          [&](const std::shared_ptr<arrow::RecordBatch>& batch) {
            const auto& column = static_cast<const arrow::Int64Array&>(*batch->column(0));
            for (int64_t i = 0; i < column.length(); ++i) sum += column.Value(i);
            rows += batch->num_rows();
            return Status::OK();
          },
          stop.get_token());
    });
    Status written;
    std::shared_ptr<arrow::RecordBatch> batch;
    while (written.ok() && batches.ReadNext(&batch).ok() && batch)
      written = worker.write(*batch, stop.get_token());
    if (written.ok()) written = worker.endInput(stop.get_token());
    reader.join();
    return status.ok() ? written : status;
  }

  static inline std::shared_ptr<WorkerDaemon> daemon;
  std::stop_source stop;
  int64_t rows = 0;
  int64_t sum = 0;
};

TEST_F(FunctionWorkerTest, functionIsCalledForEachRowAndTheWorkerForEachTask) {
  FunctionWorker worker = FunctionWorker::make(daemon, {}).value();
  const FunctionTask work = task("lambda x: x + 1");
  // More than the socket holds, so that both sides must read while they write.
  ASSERT_TRUE(run(worker, work, 200000).ok());
  EXPECT_EQ(rows, 200000);
  EXPECT_EQ(sum, int64_t{200000} * 199999 / 2 + 200000);
  ASSERT_TRUE(run(worker, work, 3).ok());
  EXPECT_EQ(sum, 6);
  ASSERT_TRUE(run(worker, work, 0).ok());
  EXPECT_EQ(rows, 0);
}

TEST_F(FunctionWorkerTest, exceptionOfTheFunctionComesWithItsTraceback) {
  FunctionWorker worker = FunctionWorker::make(daemon, {}).value();
  const Status status = run(worker, task("lambda x: 1 // (x - 5)"), 10);
  EXPECT_EQ(status.errorClass(), "PYTHON_EXCEPTION");
  EXPECT_NE(status.message().find("ZeroDivisionError"), std::string::npos) << status.message();
}

TEST_F(FunctionWorkerTest, stopEndsAFunctionThatDoesNot) {
  FunctionWorker worker = FunctionWorker::make(daemon, {}).value();
  const std::filesystem::path runs = testing::TempDir() + "it-runs";
  std::filesystem::remove(runs);
  const FunctionTask work = task("lambda x: (open('" + runs.string() +
                                 "', 'w').close(), __import__('time').sleep(1000))");
  std::thread stopper([&] {
    while (!std::filesystem::exists(runs)) std::this_thread::yield();
    stop.request_stop();
  });
  const Status status = run(worker, work, 10);
  stopper.join();
  std::filesystem::remove(runs);
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace spate::python
