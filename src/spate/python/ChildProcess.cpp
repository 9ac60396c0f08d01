#include "spate/python/ChildProcess.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

extern char** environ;

namespace spate::python {
namespace {

std::vector<std::string> merged(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string text = *one;
    if (!changes.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : changes) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void closeAll(std::initializer_list<int> files) {
  for (const int file : files) {
    if (file >= 0) ::close(file);
  }
}

Status errorOf(const std::string& what) {
  return Status::ioError(what + ": " + std::strerror(errno));
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                         const std::map<std::string, std::string>& environment,
                                         bool keepsOutput) {
  // All memory that the child needs is there before the fork: other threads may hold the heap.
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = merged(environment);
  const std::vector<char*> argv = pointersTo(arguments);
  const std::vector<char*> envp = pointersTo(variables);

  int input[2] = {-1, -1};
  int output[2] = {-1, -1};
  if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) {
    const Status status = errorOf("Cannot make a pipe");
    closeAll({input[0], input[1]});
    return failure(status);
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const Status status = errorOf("Cannot start " + command.front());
    closeAll({input[0], input[1], output[0], output[1]});
    return failure(status);
  }
  if (pid == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // allowed: the child of a fork that must not go on
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(keepsOutput ? output[1] : STDERR_FILENO, STDOUT_FILENO);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);  // allowed: the child of a fork that must not go on
  }
  ::setpgid(pid, pid);
  closeAll({input[0], output[1]});
  ChildProcess child;
  child.pid_ = pid;
  child.input_ = input[1];
  child.output_ = output[0];
  return child;
}

Result<std::string> ChildProcess::outputOf(const std::vector<std::string>& command) {
  SPATE_ASSIGN_OR_FAIL(ChildProcess child, start(command, {}, true));
  std::string text;
  char chunk[4096];
  while (true) {
    const ssize_t count = ::read(child.output(), chunk, sizeof(chunk));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(chunk, static_cast<size_t>(count));
  }
  if (const int status = child.wait(); status != 0) {
    return failure(
        Status::invalidArgument(command.front() + " ended with status " + std::to_string(status)));
  }
  return text;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill();
    pid_ = std::exchange(other.pid_, 0);
    input_ = std::exchange(other.input_, -1);
    output_ = std::exchange(other.output_, -1);
  }
  return *this;
}

ChildProcess::~ChildProcess() { kill(); }

bool ChildProcess::isRunning() {
  if (pid_ == 0) return false;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    return false;
  }
  return info.si_pid == 0;
}

int ChildProcess::wait() {
  if (pid_ == 0) return -1;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ChildProcess::kill() {
  if (pid_ != 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    wait();
  }
  closeAll({input_, output_});
  input_ = output_ = -1;
}

}  // namespace spate::python
