#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"

namespace spate {

/// Quantiles of doubles within a rank error (Greenwald and Khanna, "Space-efficient online
/// computation of quantile summaries"): by Spark's rules, so that the same values in the same order
/// make the same summary, and with the bytes of Spark's PercentileDigest:
///
///     int32be compressThreshold, double relativeError, int64be count, int32be samples,
///     and for each sample: double value, int64be g, int64be delta
///
/// Up to kHeadSize values wait unsorted until they are inserted together. compress() comes before
/// merge(), query() and serialize().
///
/// Threads: a value
class QuantileSummaries {
 public:
  static constexpr size_t kHeadSize = 50000;
  static constexpr int32_t kCompressThreshold = 10000;

  explicit QuantileSummaries(double relativeError) : relativeError_(relativeError) {}

  void insert(double value);
  /// Inserts what waits, and joins samples that the error allows to be one.
  void compress();
  /// Both must be compressed.
  void merge(const QuantileSummaries& other);

  bool isEmpty() const { return count_ == 0 && head_.empty(); }
  /// The values at the percentages, each from 0 to 1, in the order in which these are given; empty
  /// without values.
  std::vector<double> query(std::span<const double> percentages) const;

  std::string serialize() const;
  /// Errors kCorrupt: the bytes are no summary
  static Result<QuantileSummaries> deserialize(std::string_view bytes);

 private:
  /// A value, by how many ranks its least one is above the least one of the sample before it, and
  /// how many more ranks it may have.
  struct Sample {
    double value;
    int64_t g;
    int64_t delta;
  };

  void insertHead();
  static std::vector<Sample> compressed(const std::vector<Sample>& samples, double threshold);

  int32_t compressThreshold_ = kCompressThreshold;
  double relativeError_;
  std::vector<Sample> samples_;
  int64_t count_ = 0;
  bool isCompressed_ = true;
  std::vector<double> head_;
};

}  // namespace spate
