#pragma once

#include <compare>
#include <cstdint>

namespace spate {

/// The number of a micro-batch: consecutive from 0 over the whole life of a checkpoint. It names
/// the files of the logs, the versions of the state and the transactions of the sinks.
struct BatchId {
  int64_t value = 0;

  BatchId next() const { return {value + 1}; }
  BatchId previous() const { return {value - 1}; }
  auto operator<=>(const BatchId&) const = default;
};

}  // namespace spate
