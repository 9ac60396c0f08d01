#include "spate/python/WorkerDaemon.h"

#include <unistd.h>

#include <cerrno>
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

bool readExactly(int file, char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t count = ::read(file, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

/// The path of its socket, which it prints with the length in front.
Result<std::string> readPath(int file) {
  unsigned char head[4];
  if (!readExactly(file, reinterpret_cast<char*>(head), sizeof(head))) {
    return failure(notStarted("it has ended"));
  }
  const size_t size =
      size_t{head[0]} << 24 | size_t{head[1]} << 16 | size_t{head[2]} << 8 | size_t{head[3]};
  if (size == 0 || size > 200) return failure(notStarted("it prints something else"));
  std::string path(size, '\0');
  if (!readExactly(file, path.data(), size)) return failure(notStarted("it has ended"));
  return path;
}

}  // namespace

WorkerDaemon::WorkerDaemon(Interpreter interpreter, ChildProcess process, std::string folder,
                           std::string path)
    : interpreter_(std::move(interpreter)),
      process_(std::move(process)),
      folder_(std::move(folder)),
      path_(std::move(path)) {}

WorkerDaemon::~WorkerDaemon() {
  process_.kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Result<std::shared_ptr<WorkerDaemon>> WorkerDaemon::start(const Interpreter& interpreter,
                                                          const std::vector<std::string>& folders) {
  const char* temporary = std::getenv("TMPDIR");
  std::string folder = temporary == nullptr ? "/tmp" : temporary;
  if (folder.size() > 40) folder = "/tmp";
  folder += "/spate-python-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return failure(notStarted("no directory " + folder));
  auto environment = interpreter.environment(folders);
  environment["PYTHON_WORKER_FACTORY_SOCK_DIR"] = folder;
  environment["SPARK_REUSE_WORKER"] = "1";
  environment["PYTHON_FAULTHANDLER_DIR"] = folder;
  auto process = ChildProcess::start(
      {interpreter.executable, "-m", "pyspark.daemon", "pyspark.worker"}, environment, true);
  Result<std::string> path = failure(Status());
  if (process) path = readPath(process->output());
  if (!process || !path) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return failure(process ? path.error() : process.error());
  }
  return std::shared_ptr<WorkerDaemon>(
      new WorkerDaemon(interpreter, *std::move(process), std::move(folder), *std::move(path)));
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
