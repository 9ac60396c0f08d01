#include "spate/python/FunctionWorker.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <thread>
#include <utility>

namespace spate::python {
namespace {

// Spark's marks between the parts of a conversation.
constexpr int32_t kEndOfDataSection = -1;
constexpr int32_t kExceptionThrown = -2;
constexpr int32_t kTimingData = -3;
constexpr int32_t kEndOfStream = -4;
constexpr int32_t kStartArrowStream = -6;
constexpr int32_t kFramedHead = -8;

arrow::Status toArrow(const Status& status) {
  if (status.ok()) return arrow::Status::OK();
  if (status.code() == StatusCode::kCancelled) return arrow::Status::Cancelled(status.message());
  return arrow::Status::IOError(status.message());
}

Status fromArrow(const arrow::Status& status) {
  if (status.ok()) return Status::OK();
  if (status.IsCancelled()) return Status::cancelled(status.message());
  return Status::ioError(status.message());
}

class ChannelOutput : public arrow::io::OutputStream {
 public:
  ChannelOutput(WorkerChannel& channel, std::stop_token stop)
      : channel_(channel), stop_(std::move(stop)) {}
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return written_; }
  arrow::Status Write(const void* data, int64_t size) override {
    channel_.writeBytes({static_cast<const char*>(data), static_cast<size_t>(size)});
    written_ += size;
    unsent_ += size;
    if (unsent_ < kChunkBytes) return arrow::Status::OK();
    unsent_ = 0;
    return toArrow(channel_.flush(stop_));
  }

 private:
  static constexpr int64_t kChunkBytes = 1 << 16;
  WorkerChannel& channel_;
  std::stop_token stop_;
  int64_t written_ = 0;
  int64_t unsent_ = 0;
};

class ChannelInput : public arrow::io::InputStream {
 public:
  ChannelInput(WorkerChannel& channel, std::stop_token stop)
      : channel_(channel), stop_(std::move(stop)) {}
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return read_; }
  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    ARROW_RETURN_NOT_OK(
        toArrow(channel_.readExactly(static_cast<char*>(out), static_cast<size_t>(size), stop_)));
    read_ += size;
    return size;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(size));
    ARROW_RETURN_NOT_OK(Read(size, buffer->mutable_data()).status());
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  WorkerChannel& channel_;
  std::stop_token stop_;
  int64_t read_ = 0;
};

std::string contextJson(int32_t partition) {
  return R"({"isBarrier":false,"connInfo":-1,"secret":null,"stageId":0,"partitionId":)" +
         std::to_string(partition) + R"(,"attemptNumber":0,"taskAttemptId":)" +
         std::to_string(partition) +
         R"(,"cpus":1,"cpuAmount":"1","resources":{},"localProperties":{}})";
}

void writePairs(WorkerChannel& channel, const std::map<std::string, std::string>& pairs) {
  channel.writeInt(static_cast<int32_t>(pairs.size()));
  for (const auto& [key, value] : pairs) {
    channel.writeText(key);
    channel.writeText(value);
  }
}

Status pythonException(const std::string& traceback) {
  return Status::userCode(traceback).withErrorClass("PYTHON_EXCEPTION", "38000",
                                                    {{"traceback", traceback}});
}

}  // namespace

Result<FunctionWorker> FunctionWorker::make(std::shared_ptr<WorkerDaemon> daemon,
                                            const std::stop_token& stop) {
  SPATE_ASSIGN_OR_FAIL(WorkerChannel channel, daemon->connect(stop));
  return FunctionWorker(std::move(daemon), std::move(channel));
}

void FunctionWorker::writeHead(const FunctionTask& task) {
  const Interpreter& interpreter = daemon_->interpreter();
  WorkerChannel head(-1);
  head.writeInt(task.partition);
  head.writeText(interpreter.version);
  head.writeText(contextJson(task.partition));
  head.writeText("");  // the folder of spark.addFile
  head.writeInt(0);    // Python files to import from: they are in the search path
  head.writeBool(false);
  head.writeInt(0);  // broadcast variables
  head.writeInt(static_cast<int32_t>(task.evalType));
  writePairs(head, task.conf);
  std::map<std::string, std::string> evalConf;
  if (task.evalType == EvalType::kArrowBatchedUdf) evalConf["input_type"] = task.inputTypeJson;
  writePairs(head, evalConf);
  head.writeInt(static_cast<int32_t>(task.functions.size()));
  for (const FunctionTask::Function& function : task.functions) {
    head.writeInt(static_cast<int32_t>(function.arguments.size()));
    for (const auto& [column, name] : function.arguments) {
      head.writeInt(column);
      head.writeBool(!name.empty());
      if (!name.empty()) head.writeText(name);
    }
    head.writeInt(static_cast<int32_t>(function.commands.size()));
    for (const std::string& command : function.commands) head.writeText(command);
    head.writeLong(0);
  }
  const std::string bytes = head.takeUnsent();
  if (interpreter.isAtLeast43()) {
    channel_.writeInt(kFramedHead);
    channel_.writeText(bytes);
  } else {
    channel_.writeBytes(bytes);
  }
}

Status FunctionWorker::writeBatches(arrow::RecordBatchReader& input, const std::stop_token& stop) {
  const auto write = [&]() -> arrow::Status {
    ChannelOutput output(channel_, stop);
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(&output, input.schema()));
    std::shared_ptr<arrow::RecordBatch> batch;
    while (true) {
      ARROW_RETURN_NOT_OK(input.ReadNext(&batch));
      if (batch == nullptr) break;
      ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    }
    return writer->Close();
  };
  return fromArrow(write());
}

Status FunctionWorker::run(const FunctionTask& task, arrow::RecordBatchReader& input,
                           const Take& take, const std::stop_token& stop) {
  return exchange(
      task, [&](const std::stop_token& writing) { return writeBatches(input, writing); }, take,
      stop);
}

Status FunctionWorker::runGroups(const FunctionTask& task, const Groups& groups, const Take& take,
                                 const std::stop_token& stop) {
  const auto write = [&](const std::stop_token& writing) -> Status {
    for (const auto& group : groups) {
      channel_.writeInt(1);  // one DataFrame in this group
      SPATE_RETURN_IF_ERROR(writeBatches(*group, writing));
    }
    channel_.writeInt(0);
    return Status::OK();
  };
  return exchange(task, write, take, stop);
}

/// The writer has a thread of its own: with both on one, each side could wait for the other to
/// read.
Status FunctionWorker::exchange(const FunctionTask& task,
                                const std::function<Status(std::stop_token)>& write,
                                const Take& take, const std::stop_token& stop) {
  std::stop_source ended;
  const std::stop_callback both(stop, [&ended] { ended.request_stop(); });
  writeHead(task);
  Status written;
  std::thread writer([&] {
    written = write(ended.get_token());
    if (written.ok()) {
      channel_.writeInt(kEndOfStream);
      written = channel_.flush(ended.get_token());
    }
    // Without the rest of the input the worker would wait for it for ever.
    if (!written.ok()) ended.request_stop();
  });
  Status read = readResults(take, ended.get_token());
  if (!read.ok()) ended.request_stop();
  writer.join();
  if (stop.stop_requested()) return Status::cancelled("The work of a Python worker was stopped");
  // What the user's code raised tells more than the input that could not be sent any more.
  if (!read.ok() && read.code() != StatusCode::kCancelled) return read;
  if (!written.ok()) return written;
  return read;
}

Status FunctionWorker::readResults(const Take& take, const std::stop_token& stop) {
  SPATE_ASSIGN_OR_RETURN(const int32_t mark, channel_.readInt(stop));
  // Without a batch there is no stream.
  if (mark != kStartArrowStream) return readEnd(mark, stop);
  auto input = std::make_shared<ChannelInput>(channel_, stop);
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(input.get());
  if (!reader.ok()) return fromArrow(reader.status());
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status status = (*reader)->ReadNext(&batch);
    if (!status.ok()) return fromArrow(status);
    if (batch == nullptr) break;
    SPATE_RETURN_IF_ERROR(take(std::move(batch)));
  }
  // A worker that fails in the middle ends its stream properly, and says so behind it.
  SPATE_ASSIGN_OR_RETURN(const int32_t end, channel_.readInt(stop));
  return readEnd(end, stop);
}

Status FunctionWorker::readEnd(int32_t mark, const std::stop_token& stop) {
  while (true) {
    switch (mark) {
      case kTimingData:
        for (int i = 0; i < 6; ++i) {
          SPATE_ASSIGN_OR_RETURN(const int64_t ignored, channel_.readLong(stop));
          static_cast<void>(ignored);
        }
        break;
      case kEndOfDataSection: {
        SPATE_ASSIGN_OR_RETURN(const int32_t accumulators, channel_.readInt(stop));
        for (int32_t i = 0; i < accumulators; ++i) {
          SPATE_ASSIGN_OR_RETURN(const std::string ignored, channel_.readText(stop));
        }
        break;
      }
      case kExceptionThrown: {
        SPATE_ASSIGN_OR_RETURN(const std::string traceback, channel_.readText(stop));
        return pythonException(traceback);
      }
      case kEndOfStream: return Status::OK();
      default:
        return Status::corrupt("A Python worker ends its answer with " + std::to_string(mark));
    }
    SPATE_ASSIGN_OR_RETURN(mark, channel_.readInt(stop));
  }
}

}  // namespace spate::python
