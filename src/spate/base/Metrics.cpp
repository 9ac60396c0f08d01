#include "spate/base/Metrics.h"

namespace spate {
namespace {

template <class Map>
typename Map::mapped_type& findOrMake(Map& metrics, std::string_view name) {
  const auto it = metrics.find(name);
  return it != metrics.end() ? it->second : metrics[std::string(name)];
}

}  // namespace

Counter& Metrics::counter(std::string_view name) {
  std::lock_guard lock(mutex_);
  return findOrMake(counters_, name);
}

Gauge& Metrics::gauge(std::string_view name) {
  std::lock_guard lock(mutex_);
  return findOrMake(gauges_, name);
}

Metrics::Snapshot Metrics::snapshot() const {
  std::lock_guard lock(mutex_);
  Snapshot result;
  for (const auto& [name, counter] : counters_) result.counters[name] = counter.value();
  for (const auto& [name, gauge] : gauges_) result.gauges[name] = gauge.value();
  return result;
}

}  // namespace spate
