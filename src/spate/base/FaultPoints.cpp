#include "spate/base/FaultPoints.h"

#include <signal.h>
#include <unistd.h>

#include <charconv>

namespace spate {

FaultPoints& FaultPoints::none() {
  static FaultPoints points;
  return points;
}

void FaultPoints::failAt(std::string point, int nth, Status status, int times) {
  std::lock_guard lock(mutex_);
  actions_.emplace(std::move(point), Armed{nth, times, false, std::move(status)});
  armed_ = true;
}

void FaultPoints::killAt(std::string point, int nth) {
  std::lock_guard lock(mutex_);
  actions_.emplace(std::move(point), Armed{nth, 1, true, Status::OK()});
  armed_ = true;
}

void FaultPoints::observe(std::function<void(std::string_view)> action) {
  std::lock_guard lock(mutex_);
  observer_ = std::move(action);
  armed_ = true;
}

Status FaultPoints::armKill(std::string_view spec) {
  const size_t colon = spec.rfind(':');
  int nth = 0;
  if (colon != std::string_view::npos)
    std::from_chars(spec.data() + colon + 1, spec.data() + spec.size(), nth);
  if (nth < 1)
    return Status::invalidArgument("a fault point is POINT:NTH with NTH from 1, not \"" +
                                   std::string(spec) + "\"");
  killAt(std::string(spec.substr(0, colon)), nth);
  return Status::OK();
}

Status FaultPoints::reachArmed(std::string_view point) {
  std::lock_guard lock(mutex_);
  if (observer_) observer_(point);
  auto counter = reached_.find(point);
  if (counter == reached_.end()) counter = reached_.emplace(point, 0).first;
  const int time = ++counter->second;
  const auto [first, last] = actions_.equal_range(point);
  for (auto it = first; it != last; ++it) {
    const Armed& armed = it->second;
    if (time < armed.firstTime || time >= armed.firstTime + armed.times) continue;
    if (armed.kill) ::kill(::getpid(), SIGKILL);
    return armed.status;
  }
  return Status::OK();
}

}  // namespace spate
