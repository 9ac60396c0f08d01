#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace spate {

/// Sketches of sets that tell about how many distinct values they have seen: HyperLogLog++ (Heule,
/// Nunkesser and Hall, 2013) in its dense form, as Spark's HyperLogLogPlusPlus has it, so that
/// estimates and kept words are Spark's. A sketch is words() words, zero while empty, which the
/// caller keeps: ten registers of six bits each.
///
/// Threads  immutable
class HyperLogLog {
 public:
  static constexpr int kLeastPrecision = 4;
  static constexpr int kMostPrecision = 18;

  /// The bits that address a register, so that the relative standard deviation of estimates is at
  /// most `deviation`; empty: it is no positive number.
  static std::optional<double> precisionFor(double deviation);

  /// Needs kLeastPrecision <= precision <= kMostPrecision.
  explicit HyperLogLog(int precision);

  size_t words() const { return words_; }

  /// Adds a value by its 64-bit hash; Spark's is xxHash64 with seed 42.
  void add(uint64_t hash, std::span<uint64_t> sketch) const;

  /// The word of two sketches joined into one: of each register the larger.
  static uint64_t joined(uint64_t a, uint64_t b);

  /// About how many distinct values the sketch has seen.
  int64_t estimate(std::span<const uint64_t> sketch) const;

 private:
  double bias(double estimate) const;

  int precision_;
  size_t registers_;
  size_t words_;
};

}  // namespace spate
