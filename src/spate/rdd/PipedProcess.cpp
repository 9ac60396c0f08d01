#include "spate/rdd/PipedProcess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace spate {
namespace {

constexpr size_t kGather = 64 * 1024;

Status systemError(const std::string& what) {
  return Status::ioError(what + ": " + std::strerror(errno));
}

/// write() to a process that has gone raises SIGPIPE, which would end this one. Holds it back for
/// this thread, and takes it away if it came.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &old_);
  }
  ~WithoutSigpipe() {
    const timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t old_{};
};

void closeFile(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

std::vector<std::string> mergedEnvironment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::vector<std::string> commandWords(std::string_view command) {
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = command.find_first_not_of(" \t\n\r\f", at)) != std::string_view::npos) {
    const size_t end = std::min(command.find_first_of(" \t\n\r\f", at), command.size());
    words.emplace_back(command.substr(at, end - at));
    at = end;
  }
  return words;
}

Result<PipedProcess> PipedProcess::start(const std::vector<std::string>& command,
                                         const std::map<std::string, std::string>& environment) {
  if (command.empty()) return failure(Status::invalidArgument("pipe: the command is empty"));
  PipedProcess process;
  for (const std::string& word : command) {
    process.command_ += (process.command_.empty() ? "" : " ") + word;
  }
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) {
    closeFile(in[0]);
    closeFile(in[1]);
    return failure(systemError("cannot make a pipe"));
  }
  process.input_ = in[1];
  process.output_ = out[0];
  ::fcntl(in[1], F_SETFL, O_NONBLOCK);
  ::fcntl(out[0], F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  // The child starts with no signal held back, whatever this thread does.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> words = command;
  std::vector<std::string> variables = mergedEnvironment(environment);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0].c_str(), &actions, &attributes,
                                   pointersTo(words).data(), pointersTo(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  closeFile(in[0]);
  closeFile(out[1]);
  if (error != 0)
    return failure(Status::notFound("Cannot run program \"" + words[0] + "\": error=" +
                                    std::to_string(error) + ", " + std::strerror(error)));
  process.pid_ = pid;
  return process;
}

PipedProcess::PipedProcess(PipedProcess&& other) noexcept
    : command_(std::move(other.command_)),
      pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      toWrite_(std::move(other.toWrite_)),
      fromProcess_(std::move(other.fromProcess_)) {}

PipedProcess::~PipedProcess() {
  closeFile(input_);
  closeFile(output_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Result<bool> PipedProcess::send(std::string_view line, OnLine onLine) {
  toWrite_ += line;
  toWrite_ += '\n';
  return toWrite_.size() < kGather || pump(true, onLine);
}

Result<bool> PipedProcess::finish(OnLine onLine) {
  SPATE_ASSIGN_OR_FAIL(bool more, pump(true, onLine));
  closeFile(input_);
  if (more) {
    SPATE_ASSIGN_OR_FAIL(more, pump(false, onLine));
  }
  if (!more) return false;
  if (!fromProcess_.empty() && !onLine(fromProcess_)) return false;
  SPATE_FAIL_IF_ERROR(waitForEnd());
  return true;
}

/// Writes and reads in turn, whichever is possible, until all is written, or else until the
/// process has closed its output.
Result<bool> PipedProcess::pump(bool untilWritten, OnLine onLine) {
  const WithoutSigpipe guard;
  while (untilWritten ? !toWrite_.empty() && input_ >= 0 : output_ >= 0) {
    pollfd files[2] = {{output_, POLLIN, 0}, {toWrite_.empty() ? -1 : input_, POLLOUT, 0}};
    if (::poll(files, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return failure(systemError("cannot wait for a process"));
    }
    if (files[0].revents != 0) {
      SPATE_ASSIGN_OR_FAIL(const bool more, readSome(onLine));
      if (!more) return false;
    }
    if (files[1].revents == 0) continue;
    const ssize_t n = ::write(input_, toWrite_.data(), toWrite_.size());
    if (n > 0) {
      toWrite_.erase(0, static_cast<size_t>(n));
    } else if (n < 0 && errno == EPIPE) {
      // It does not read any further (head does not); its status will tell whether that is right.
      toWrite_.clear();
      closeFile(input_);
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      return failure(systemError("cannot write to a process"));
    }
  }
  if (input_ < 0) toWrite_.clear();
  return true;
}

Result<bool> PipedProcess::readSome(OnLine onLine) {
  const size_t before = fromProcess_.size();
  fromProcess_.resize(before + kGather);
  const ssize_t n = ::read(output_, fromProcess_.data() + before, kGather);
  fromProcess_.resize(before + static_cast<size_t>(std::max<ssize_t>(n, 0)));
  if (n == 0) closeFile(output_);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    return failure(systemError("cannot read from a process"));
  size_t at = 0;
  for (size_t end; (end = fromProcess_.find('\n', std::max(at, before))) != std::string::npos;
       at = end + 1) {
    if (!onLine(std::string_view(fromProcess_).substr(at, end - at))) return false;
  }
  fromProcess_.erase(0, at);
  return true;
}

Status PipedProcess::waitForEnd() {
  int state = 0;
  while (::waitpid(pid_, &state, 0) < 0) {
    if (errno != EINTR) return systemError("cannot wait for a process");
  }
  pid_ = -1;
  // Java gives 128 + signal for a process that a signal ended.
  const int status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  if (status == 0) return Status::OK();
  return Status::internal("Subprocess exited with status " + std::to_string(status) +
                          ". Command ran: " + command_);
}

}  // namespace spate
