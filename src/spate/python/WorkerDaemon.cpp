#include "spate/python/WorkerDaemon.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace spate::python {
namespace {

Status notStarted(const std::string& why) {
  return Status::userCode("The daemon of the Python workers did not start: " + why)
      .withErrorClass("PYTHON_EXCEPTION", "38000");
}

constexpr std::chrono::minutes kStartTime{1};

Status readExactly(ChildProcess& process, char* bytes, size_t size, const std::stop_token& stop,
                   Deadline deadline) {
  while (size > 0) {
    SPATE_ASSIGN_OR_RETURN(const size_t count, process.readSome(bytes, size, stop, deadline));
    if (count == 0) return notStarted("it has ended");
    bytes += count;
    size -= count;
  }
  return Status::OK();
}

/// The path of its socket, which it prints with the length in front.
Result<std::string> readPath(ChildProcess& process, const std::stop_token& stop) {
  const Deadline deadline = std::chrono::steady_clock::now() + kStartTime;
  unsigned char head[4];
  SPATE_FAIL_IF_ERROR(
      readExactly(process, reinterpret_cast<char*>(head), sizeof(head), stop, deadline));
  const size_t size =
      size_t{head[0]} << 24 | size_t{head[1]} << 16 | size_t{head[2]} << 8 | size_t{head[3]};
  if (size == 0 || size > 200) return failure(notStarted("it prints something else"));
  std::string path(size, '\0');
  SPATE_FAIL_IF_ERROR(readExactly(process, path.data(), size, stop, deadline));
  return path;
}

}  // namespace

WorkerDaemon::WorkerDaemon(Interpreter interpreter, std::shared_ptr<const SessionFiles> files,
                           ChildProcess process, std::string folder, std::string path)
    : interpreter_(std::move(interpreter)),
      files_(std::move(files)),
      process_(std::move(process)),
      folder_(std::move(folder)),
      path_(std::move(path)) {}

WorkerDaemon::~WorkerDaemon() {
  process_.kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<std::shared_ptr<WorkerDaemon>> WorkerDaemon::start(const Interpreter& interpreter,
                                                          std::shared_ptr<const SessionFiles> files,
                                                          const std::stop_token& stop) {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = temporary == nullptr ? "/tmp" : temporary;
  if (folder.size() > 40) folder = "/tmp";
  folder += "/spate-python-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return failure(notStarted("no directory " + folder));
  // Which files there are, each task says anew.
  auto environment = interpreter.environment(nullptr);
  environment["PYTHON_WORKER_FACTORY_SOCK_DIR"] = folder;
  environment["SPARK_REUSE_WORKER"] = "1";
  environment["PYTHON_FAULTHANDLER_DIR"] = folder;
  auto process =
      ChildProcess::start({interpreter.executable, "-m", "pyspark.daemon", "pyspark.worker"},
                          environment, true, files ? files->folder() : "");
  Result<std::string> path = failure(Status());
  if (process) path = readPath(*process, stop);
  if (!process || !path) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    const Status status = process ? path.error() : process.error();
    if (status.code() != StatusCode::kCancelled || stop.stop_requested()) return failure(status);
    return failure(notStarted("it does not answer"));
  }
  return std::shared_ptr<WorkerDaemon>(new WorkerDaemon(
      interpreter, std::move(files), *std::move(process), std::move(folder), *std::move(path)));
}

std::string WorkerDaemon::crashOf(int pid) const {
  std::ifstream file(folder_ + "/" + std::to_string(pid));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<WorkerDaemon::Connection> WorkerDaemon::connect(const std::stop_token& stop) const {
  SPATE_ASSIGN_OR_FAIL(WorkerChannel channel, WorkerChannel::connect(path_));
  // It ends with the connection, unless it is in the user's code.
  SPATE_ASSIGN_OR_FAIL(const int32_t pid, channel.readInt(stop));
  if (pid <= 0) return failure(notStarted("it could not fork"));
  return Connection{std::move(channel), pid};
}

}  // namespace spate::python
