#include "spate/functions/HyperLogLog.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "spate/functions/HyperLogLogBias.h"

namespace spate {
namespace {

constexpr int kRegisterBits = 6;
constexpr uint64_t kRegisterMask = (uint64_t{1} << kRegisterBits) - 1;
constexpr size_t kRegistersOfAWord = 64 / kRegisterBits;

/// Up to which number of distinct values, by precision, counting the empty registers is better.
constexpr double kLinearCounting[] = {10,   20,   40,    80,    220,   400,    900,   1800,
                                      3100, 6500, 15500, 20000, 50000, 120000, 350000};

/// The paper's correction of the raw estimate, times the square of the number of registers.
double alphaSquared(int precision, double registers) {
  switch (precision) {
    case 4: return 0.673 * registers * registers;
    case 5: return 0.697 * registers * registers;
    case 6: return 0.709 * registers * registers;
    default: return (0.7213 / (1.0 + 1.079 / registers)) * registers * registers;
  }
}

}  // namespace

std::optional<double> HyperLogLog::precisionFor(double deviation) {
  const double precision = std::ceil(2.0 * std::log(1.106 / deviation) / std::log(2.0));
  return std::isnan(precision) ? std::nullopt : std::optional(precision);
}

HyperLogLog::HyperLogLog(int precision)
    : precision_(precision),
      registers_(size_t{1} << precision),
      words_(registers_ / kRegistersOfAWord + 1) {}

void HyperLogLog::add(uint64_t hash, std::span<uint64_t> sketch) const {
  const auto at = static_cast<size_t>(hash >> (64 - precision_));
  // The bit behind the others ends the run of zeros.
  const uint64_t rest = (hash << precision_) | (uint64_t{1} << (precision_ - 1));
  const auto zeros = static_cast<uint64_t>(std::countl_zero(rest)) + 1;
  uint64_t& word = sketch[at / kRegistersOfAWord];
  const size_t shift = kRegisterBits * (at % kRegistersOfAWord);
  if (zeros > ((word >> shift) & kRegisterMask))
    word = (word & ~(kRegisterMask << shift)) | (zeros << shift);
}

uint64_t HyperLogLog::joined(uint64_t a, uint64_t b) {
  if (a == b) return a;
  uint64_t word = 0;
  for (uint64_t mask = kRegisterMask; mask != 0; mask <<= kRegisterBits)
    word |= std::max(a & mask, b & mask);
  return word;
}

double HyperLogLog::bias(double estimate) const {
  constexpr size_t kNeighbours = 6;
  const auto [estimates, biases] = hyperLogLogBias(precision_);
  // The estimates are measured and not all in order, so the steps of the search are Java's.
  size_t nearest = 0;
  for (size_t end = estimates.size(); nearest < end;) {
    const size_t middle = (nearest + end - 1) / 2;
    if (estimates[middle] == estimate)
      nearest = end = middle;
    else if (estimates[middle] < estimate)
      nearest = middle + 1;
    else
      end = middle;
  }
  const auto distance = [&](size_t i) {
    return (estimate - estimates[i]) * (estimate - estimates[i]);
  };
  size_t low = nearest + 1 > kNeighbours ? nearest + 1 - kNeighbours : 0;
  size_t high = std::min(low + kNeighbours, estimates.size());
  for (; high < estimates.size() && distance(high) < distance(low); ++high) ++low;
  double sum = 0;
  for (size_t i = low; i < high; ++i) sum += biases[i];
  return sum / static_cast<double>(high - low);
}

int64_t HyperLogLog::estimate(std::span<const uint64_t> sketch) const {
  const auto registers = static_cast<double>(registers_);
  double inverse = 0;
  double empty = 0;
  for (size_t i = 0; i < registers_; ++i) {
    const uint64_t zeros =
        (sketch[i / kRegistersOfAWord] >> (kRegisterBits * (i % kRegistersOfAWord))) &
        kRegisterMask;
    inverse += 1.0 / static_cast<double>(uint64_t{1} << zeros);
    if (zeros == 0) ++empty;
  }
  const double raw = alphaSquared(precision_, registers) / inverse;
  if (empty > 0) {
    const double linear = registers * std::log(registers / empty);
    if (linear <= kLinearCounting[precision_ - kLeastPrecision] || raw <= 2.5 * registers)
      return static_cast<int64_t>(std::floor(linear + 0.5));
  }
  const double corrected = raw < 5.0 * registers ? raw - bias(raw) : raw;
  return static_cast<int64_t>(std::floor(corrected + 0.5));
}

}  // namespace spate
