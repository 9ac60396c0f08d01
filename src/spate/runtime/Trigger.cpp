#include "spate/runtime/Trigger.h"

#include <fmt/core.h>

#include "spate/base/Logging.h"

namespace spate {
namespace {

/// The newest multiple of `interval` since the epoch that is not after `t`.
Timestamp multipleAtOrBefore(Timestamp t, Micros interval) {
  const Micros remainder = t.time_since_epoch() % interval;
  return t - (remainder < Micros(0) ? remainder + interval : remainder);
}

}  // namespace

Result<std::unique_ptr<Trigger>> AlignedTrigger::make(Micros interval,
                                                      std::optional<Timestamp> firstBatch) {
  if (interval < Millis(1) || interval % Millis(1) != Micros(0))
    return failure(Status::invalidArgument(fmt::format(
        "a batch interval is a whole number of milliseconds from 1, not {} us", interval.count())));
  if (firstBatch && multipleAtOrBefore(*firstBatch, interval) != *firstBatch)
    return failure(Status::invalidArgument("the first batch, " + formatUtcTime(*firstBatch) +
                                           ", is not at a multiple of the batch interval"));
  return std::unique_ptr<Trigger>(new AlignedTrigger(interval, firstBatch));
}

AlignedTrigger::AlignedTrigger(Micros interval, std::optional<Timestamp> firstBatch)
    : Trigger({.everyTickIsABatch = true}), interval_(interval), firstBatch_(firstBatch) {}

void AlignedTrigger::begin(Timestamp now, std::optional<Timestamp> lastBatchTime) {
  if (lastBatchTime) {
    next_ = multipleAtOrBefore(*lastBatchTime, interval_) + interval_;
  } else {
    next_ = firstBatch_.value_or(multipleAtOrBefore(now, interval_) + interval_);
  }
}

std::optional<Tick> AlignedTrigger::next() const { return Tick{next_, next_}; }

void AlignedTrigger::done(Timestamp, Timestamp, bool) { next_ += interval_; }

Result<std::unique_ptr<Trigger>> ProcessingTimeTrigger::make(Micros interval) {
  if (interval < Micros(0))
    return failure(Status::invalidArgument("the interval of a trigger must not be negative"));
  return std::unique_ptr<Trigger>(new ProcessingTimeTrigger(interval));
}

ProcessingTimeTrigger::ProcessingTimeTrigger(Micros interval)
    : Trigger({.waitsForData = interval == Micros(0)}), interval_(interval) {}

void ProcessingTimeTrigger::begin(Timestamp now, std::optional<Timestamp>) { next_ = now; }

std::optional<Tick> ProcessingTimeTrigger::next() const { return Tick{next_, std::nullopt}; }

void ProcessingTimeTrigger::done(Timestamp looked, Timestamp now, bool) {
  if (interval_ == Micros(0)) {
    next_ = now;
    return;
  }
  next_ = multipleAtOrBefore(looked, interval_) + interval_;
  if (now - looked > interval_)
    logWarn("ProcessingTimeExecutor",
            fmt::format("Current batch is falling behind. The trigger interval is {} milliseconds, "
                        "but spent {} milliseconds",
                        interval_ / Millis(1), (now - looked) / Millis(1)));
}

AvailableNowTrigger::AvailableNowTrigger() : Trigger({.onlyWhatIsThere = true}) {}

void AvailableNowTrigger::begin(Timestamp now, std::optional<Timestamp>) { next_ = now; }

std::optional<Tick> AvailableNowTrigger::next() const {
  if (ended_) return std::nullopt;
  return Tick{next_, std::nullopt};
}

void AvailableNowTrigger::done(Timestamp, Timestamp, bool ran) { ended_ = !ran; }

OnceTrigger::OnceTrigger() : Trigger({.onlyWhatIsThere = true, .ignoresSourceLimits = true}) {}

void OnceTrigger::begin(Timestamp now, std::optional<Timestamp>) { next_ = now; }

std::optional<Tick> OnceTrigger::next() const {
  if (ended_) return std::nullopt;
  return Tick{next_, std::nullopt};
}

void OnceTrigger::done(Timestamp, Timestamp, bool) { ended_ = true; }

}  // namespace spate
