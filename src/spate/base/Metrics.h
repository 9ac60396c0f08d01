#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace spate {

/// A number that only grows: records read, rows dropped.
class Counter {
 public:
  void add(int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

/// A number as it is now: entries of a queue, bytes in use.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// The named counters and gauges of a query or application. Look a metric up once and keep the
/// reference: it stays valid as long as this object.
///
/// Threads: all functions from any thread.
class Metrics {
 public:
  struct Snapshot {
    std::map<std::string, int64_t> counters;
    std::map<std::string, double> gauges;
  };

  /// The one of this name; made at the first call.
  Counter& counter(std::string_view name);
  Gauge& gauge(std::string_view name);

  /// All values; each is a value the metric had during the call.
  Snapshot snapshot() const;

 private:
  // Maps, because their nodes do not move.
  mutable std::mutex mutex_;
  std::map<std::string, Counter, std::less<>> counters_;
  std::map<std::string, Gauge, std::less<>> gauges_;
};

}  // namespace spate
