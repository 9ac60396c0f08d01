#include "spate/python/ChildProcess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
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

/// A child that asks to be killed with its parent is killed with the thread that made it. So one
/// thread, which lasts as long as this process, makes all of them.
class ForkingThread {
 public:
  static ForkingThread& instance() {
    // Never destroyed: other threads may end after the statics.
    static ForkingThread& thread = *new ForkingThread();
    return thread;
  }

  /// fork(); the child goes on with `child`, which does not return. The errno of a failure.
  std::pair<pid_t, int> fork(const std::function<void()>& child) {
    std::pair<pid_t, int> made;
    std::promise<void> done;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back([&] {
        made.first = ::fork();
        if (made.first == 0) child();
        made.second = errno;
        done.set_value();
      });
    }
    changed_.notify_one();
    done.get_future().wait();
    return made;
  }

 private:
  ForkingThread() {
    std::thread([this] { run(); }).detach();
  }

  [[noreturn]] void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return !waiting_.empty(); });
      const std::function<void()> work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                         const std::map<std::string, std::string>& environment,
                                         bool keepsOutput, const std::string& folder) {
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
  const auto [pid, error] = ForkingThread::instance().fork([&] {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // allowed: the child of a fork that must not go on
    if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(127);  // allowed: as above
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(keepsOutput ? output[1] : STDERR_FILENO, STDOUT_FILENO);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);  // allowed: the child of a fork that must not go on
  });
  if (pid < 0) {
    errno = error;
    const Status status = errorOf("Cannot start " + command.front());
    closeAll({input[0], input[1], output[0], output[1]});
    return failure(status);
  }
  ::setpgid(pid, pid);
  closeAll({input[0], output[1]});
  ChildProcess child;
  child.pid_ = pid;
  child.input_ = input[1];
  child.output_ = output[0];
  return child;
}

Result<size_t> ChildProcess::readSome(char* bytes, size_t size, const std::stop_token& stop,
                                      Deadline deadline) {
  while (true) {
    SPATE_FAIL_IF_ERROR(waitForFile(output_, POLLIN, stop, deadline));
    const ssize_t count = ::read(output_, bytes, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) return failure(errorOf("Cannot read what a process prints"));
  }
}

Result<std::string> ChildProcess::outputOf(const std::vector<std::string>& command,
                                           const std::string& folder, const std::stop_token& stop,
                                           Deadline deadline) {
  SPATE_ASSIGN_OR_FAIL(ChildProcess child, start(command, {}, true, folder));
  std::string text;
  char chunk[4096];
  while (true) {
    SPATE_ASSIGN_OR_FAIL(const size_t count, child.readSome(chunk, sizeof(chunk), stop, deadline));
    if (count == 0) break;
    text.append(chunk, count);
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
