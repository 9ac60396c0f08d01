#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// Named places in the code where a test may make the world fail: return an error, or kill the
/// process. In production nothing is armed and reach() is one branch.
///
/// Threads: all functions from any thread; arm before the work starts.
class FaultPoints {
 public:
  /// Does nothing unless armed. Production code passes this shared object.
  static FaultPoints& none();

  /// Called at the named place. Returns what the armed action returns.
  Status reach(std::string_view point) {
    if (!armed_) return Status::OK();
    return reachArmed(point);
  }

  /// From the `nth` time on (counting from 1), for `times` times, `point` returns `status`.
  void failAt(std::string point, int nth, Status status, int times = 1);
  /// The `nth` time, the process dies by SIGKILL: what a power cut or the OOM killer does.
  void killAt(std::string point, int nth);
  /// `action` runs each time any point is reached (to record the order of points). It must not
  /// reach or arm points itself.
  void observe(std::function<void(std::string_view)> action);

  /// "POINT:NTH" as given on a command line, armed as killAt.
  Status armKill(std::string_view spec);

 private:
  struct Armed {
    int firstTime;
    int times;
    bool kill;
    Status status;
  };

  Status reachArmed(std::string_view point);

  bool armed_ = false;
  std::mutex mutex_;
  std::map<std::string, int, std::less<>> reached_;
  std::multimap<std::string, Armed, std::less<>> actions_;
  std::function<void(std::string_view)> observer_;
};

}  // namespace spate
