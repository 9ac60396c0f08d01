#pragma once

#include <span>

namespace spate {

/// By how much the raw estimates of HyperLogLog are too high: the mean raw estimates at growing
/// numbers of distinct values, and the bias of each. Measured by the authors of HyperLogLog++
/// (Heule, Nunkesser and Hall, "HyperLogLog in Practice", 2013, appendix).
struct HyperLogLogBias {
  std::span<const double> estimates;  ///< ascending, but for noise
  std::span<const double> biases;
};

/// Needs 4 <= precision <= 18.
const HyperLogLogBias& hyperLogLogBias(int precision);

}  // namespace spate
