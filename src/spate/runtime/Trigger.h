#pragma once

#include <memory>
#include <optional>
#include <string>

#include "spate/base/Status.h"
#include "spate/base/Time.h"

namespace spate {

/// An occasion for a batch.
struct Tick {
  /// When the loop may look. In the past: at once.
  Timestamp due{};
  /// The time of the batch when the occasion fixes it; else the time at which the loop looks.
  std::optional<Timestamp> batchTime;
};

/// How a loop treats the ticks of a trigger.
struct TriggerRules {
  /// Every tick is a batch, also without data; else there is a batch only when a source has
  /// something new or the program runs without data.
  bool everyTickIsABatch = false;
  /// When there was nothing new, wait for data instead of for the next tick.
  bool waitsForData = false;
  /// Only what was there at the start; the loop ends by itself when that is done.
  bool onlyWhatIsThere = false;
  /// The sources shall ignore their own limits.
  bool ignoresSourceLimits = false;
};

/// Says when the next batch may run.
///
/// Threads: the loop's only.
class Trigger {
 public:
  explicit Trigger(TriggerRules rules) : rules_(rules) {}
  virtual ~Trigger() = default;

  const TriggerRules& rules() const { return rules_; }

  /// Called once, before all else. `lastBatchTime` is the time of the newest batch in the logs.
  virtual void begin(Timestamp now, std::optional<Timestamp> lastBatchTime) = 0;
  /// The tick that comes next; the same until done(). Empty: there is none any more.
  virtual std::optional<Tick> next() const = 0;
  /// The tick that was next is used up: the loop looked at `looked`, and at `now` the batch has
  /// ended, or (`ran` is false) there was none.
  virtual void done(Timestamp looked, Timestamp now, bool ran) = 0;

 private:
  const TriggerRules rules_;
};

/// DStreams' rule: one batch for every multiple of the interval, in order, none left out. One that
/// is late runs at once, under its own time; and the first one after a restart is the one that
/// follows the last in the log, so the time that the process was down is made up for.
class AlignedTrigger final : public Trigger {
 public:
  /// The first batch of a new query: `firstBatch` if given (must be a multiple of `interval`), else
  /// the first multiple after the start, as Spark's.
  /// Errors  kInvalidArgument: interval below 1 ms or not whole milliseconds (the logs keep
  ///         milliseconds); firstBatch not a multiple
  static Result<std::unique_ptr<Trigger>> make(Micros interval,
                                               std::optional<Timestamp> firstBatch = {});

  void begin(Timestamp now, std::optional<Timestamp> lastBatchTime) override;
  std::optional<Tick> next() const override;
  void done(Timestamp looked, Timestamp now, bool ran) override;

 private:
  AlignedTrigger(Micros interval, std::optional<Timestamp> firstBatch);

  const Micros interval_;
  Timestamp next_{};
  const std::optional<Timestamp> firstBatch_;
};

/// Structured Streaming's rule (Spark's ProcessingTimeExecutor): at once, then at the first
/// multiple of the interval behind the begin of each batch; when a batch took longer than that, at
/// once, and the multiples passed over are left out, with a warning. Interval 0: as soon as there
/// is data.
class ProcessingTimeTrigger final : public Trigger {
 public:
  /// Errors  kInvalidArgument: a negative interval
  static Result<std::unique_ptr<Trigger>> make(Micros interval);

  void begin(Timestamp now, std::optional<Timestamp> lastBatchTime) override;
  std::optional<Tick> next() const override;
  void done(Timestamp looked, Timestamp now, bool ran) override;

 private:
  explicit ProcessingTimeTrigger(Micros interval);

  const Micros interval_;
  Timestamp next_{};
};

/// Batches, within the sources' limits, until all is read that was there at the start.
class AvailableNowTrigger final : public Trigger {
 public:
  AvailableNowTrigger();
  void begin(Timestamp now, std::optional<Timestamp> lastBatchTime) override;
  std::optional<Tick> next() const override;
  void done(Timestamp looked, Timestamp now, bool ran) override;

 private:
  Timestamp next_{};
  bool ended_ = false;
};

/// One batch of all that is there. As in Spark, when the last batch in the logs was not committed,
/// its replay is that one batch.
class OnceTrigger final : public Trigger {
 public:
  OnceTrigger();
  void begin(Timestamp now, std::optional<Timestamp> lastBatchTime) override;
  std::optional<Tick> next() const override;
  void done(Timestamp looked, Timestamp now, bool ran) override;

 private:
  Timestamp next_{};
  bool ended_ = false;
};

}  // namespace spate
