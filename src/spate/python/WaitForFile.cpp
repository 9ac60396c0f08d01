#include "spate/python/WaitForFile.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace spate::python {
namespace {

Status errorOf(const std::string& what) {
  return Status::ioError(what + ": " + std::strerror(errno));
}

}  // namespace

Status waitForFile(int file, short events, const std::stop_token& stop, Deadline deadline) {
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return errorOf("Cannot make an event");
  Status status;
  {
    const std::stop_callback ring(stop, [wake] {
      const uint64_t one = 1;
      static_cast<void>(!::write(wake, &one, sizeof(one)));
    });
    while (true) {
      if (stop.stop_requested()) {
        status = Status::cancelled("The work of a Python worker was stopped");
        break;
      }
      int timeout = -1;
      if (deadline != Deadline::max()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
          status = Status::cancelled("A Python worker did not answer in time");
          break;
        }
        timeout = static_cast<int>(std::min<int64_t>(left.count() + 1, 1 << 30));
      }
      pollfd files[2] = {{file, events, 0}, {wake, POLLIN, 0}};
      const int ready = ::poll(files, 2, timeout);
      if (ready < 0 && errno != EINTR) {
        status = errorOf("Cannot wait for a Python worker");
        break;
      }
      if (ready > 0 && files[0].revents != 0) break;
    }
  }
  ::close(wake);
  return status;
}

}  // namespace spate::python
