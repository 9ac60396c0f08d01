#include "spate/python/FunctionWorker.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <csignal>
#include <utility>

#include "spate/types/ArrowStatus.h"

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

std::string contextJson(const FunctionTask& task) {
  const std::string partition = std::to_string(task.partition);
  std::string properties;
  for (const auto& [key, value] : task.localProperties) {
    properties += properties.empty() ? "\"" : ",\"";
    properties += key + "\":\"" + value + "\"";
  }
  return R"({"isBarrier":false,"connInfo":-1,"secret":null,"stageId":0,"partitionId":)" +
         partition + R"(,"attemptNumber":0,"taskAttemptId":)" + partition +
         R"(,"cpus":1,"cpuAmount":"1","resources":{},"localProperties":{)" + properties + "}}";
}

void writePairs(WorkerChannel& channel, const std::map<std::string, std::string>& pairs) {
  channel.writeInt(static_cast<int32_t>(pairs.size()));
  for (const auto& [key, value] : pairs) {
    channel.writeText(key);
    channel.writeText(value);
  }
}

void writeFunctions(const FunctionTask& task, WorkerChannel& head) {
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
}

Status pythonException(const std::string& traceback) {
  const std::string text = "An exception was thrown from the Python worker";
  return Status::userCode(text + ": " + traceback)
      .withErrorClass("PYTHON_EXCEPTION", "38000", {{"msg", text}, {"traceback", traceback}});
}

}  // namespace

/// An Arrow stream on its way to the worker.
class FunctionWorker::Stream {
 public:
  static Result<std::unique_ptr<Stream>> open(WorkerChannel& channel,
                                              const std::shared_ptr<arrow::Schema>& schema,
                                              const std::stop_token& stop) {
    auto stream = std::make_unique<Stream>();
    stream->output_ = std::make_unique<ChannelOutput>(channel, stop);
    auto writer = arrow::ipc::MakeStreamWriter(stream->output_.get(), schema);
    if (!writer.ok()) return failure(fromArrow(writer.status()));
    stream->writer_ = *std::move(writer);
    return stream;
  }
  Status write(const arrow::RecordBatch& batch) {
    return fromArrow(writer_->WriteRecordBatch(batch));
  }
  Status close() { return fromArrow(writer_->Close()); }

 private:
  std::unique_ptr<ChannelOutput> output_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

FunctionWorker::FunctionWorker(std::shared_ptr<WorkerDaemon> daemon,
                               WorkerDaemon::Connection connection)
    : daemon_(std::move(daemon)), channel_(std::move(connection.channel)), pid_(connection.pid) {}
FunctionWorker::FunctionWorker(FunctionWorker&& other) noexcept = default;
FunctionWorker::~FunctionWorker() = default;

Result<FunctionWorker> FunctionWorker::make(std::shared_ptr<WorkerDaemon> daemon,
                                            const std::stop_token& stop) {
  SPATE_ASSIGN_OR_FAIL(WorkerDaemon::Connection connection, daemon->connect(stop));
  return FunctionWorker(std::move(daemon), std::move(connection));
}

void FunctionWorker::kill() { ::kill(pid_, SIGKILL); }

void FunctionWorker::writeHead(const FunctionTask& task) {
  const Interpreter& interpreter = daemon_->interpreter();
  WorkerChannel head(-1);
  head.writeInt(task.partition);
  head.writeText(interpreter.version);
  head.writeText(contextJson(task));
  const SessionFiles* files = daemon_->files().get();
  head.writeText(files == nullptr ? "" : files->folder());
  const std::vector<std::string> packages =
      files == nullptr ? std::vector<std::string>() : files->packages();
  head.writeInt(static_cast<int32_t>(packages.size()));
  for (const std::string& package : packages) head.writeText(package);
  head.writeBool(false);
  head.writeInt(0);  // broadcast variables
  head.writeInt(static_cast<int32_t>(task.evalType));
  writePairs(head, task.conf);
  std::map<std::string, std::string> evalConf;
  if (task.evalType == EvalType::kArrowBatchedUdf) evalConf["input_type"] = task.inputTypeJson;
  writePairs(head, evalConf);
  if (task.evalType == EvalType::kRows) {
    head.writeText(task.functions[0].commands[0]);
  } else {
    writeFunctions(task, head);
  }
  const std::string bytes = head.takeUnsent();
  if (interpreter.isAtLeast43()) {
    channel_.writeInt(kFramedHead);
    channel_.writeText(bytes);
  } else {
    channel_.writeBytes(bytes);
  }
}

void FunctionWorker::begin(const FunctionTask& task, std::shared_ptr<arrow::Schema> schema) {
  evalType_ = task.evalType;
  hasGroups_ = schema == nullptr;
  schema_ = std::move(schema);
  writeHead(task);
}

Status FunctionWorker::write(const arrow::RecordBatch& batch, const std::stop_token& stop) {
  if (!stream_) {
    SPATE_ASSIGN_OR_RETURN(stream_, Stream::open(channel_, schema_, stop));
  }
  return stream_->write(batch);
}

Status FunctionWorker::writeGroup(
    const std::vector<std::vector<std::shared_ptr<arrow::RecordBatch>>>& frames,
    const std::stop_token& stop) {
  channel_.writeInt(static_cast<int32_t>(frames.size()));
  for (const auto& frame : frames) {
    SPATE_ASSIGN_OR_RETURN(const auto stream, Stream::open(channel_, frame[0]->schema(), stop));
    for (const auto& batch : frame) SPATE_RETURN_IF_ERROR(stream->write(*batch));
    SPATE_RETURN_IF_ERROR(stream->close());
  }
  return Status::OK();
}

Status FunctionWorker::writeRows(const std::string& pickle, const std::stop_token& stop) {
  channel_.writeText(pickle);
  return channel_.flush(stop);
}

Status FunctionWorker::endInput(const std::stop_token& stop) {
  if (evalType_ == EvalType::kRows) {
    channel_.writeInt(kEndOfDataSection);
  } else if (hasGroups_) {
    channel_.writeInt(0);  // no further group
  } else {
    // Without a batch there is a stream, too.
    if (!stream_) {
      SPATE_ASSIGN_OR_RETURN(stream_, Stream::open(channel_, schema_, stop));
    }
    SPATE_RETURN_IF_ERROR(stream_->close());
    stream_.reset();
  }
  channel_.writeInt(kEndOfStream);
  return channel_.flush(stop);
}

Status FunctionWorker::read(const Take& take, const std::stop_token& stop) {
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
  bool hasEnded = false;
  while (true) {
    switch (mark) {
      case kTimingData:
        for (int i = 0; i < 6; ++i) {
          SPATE_ASSIGN_OR_RETURN(const int64_t ignored, channel_.readLong(stop));
          static_cast<void>(ignored);
        }
        break;
      case kEndOfDataSection: {
        if (hasEnded) {
          isReusable_ = false;
          return Status::OK();
        }
        hasEnded = true;
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
