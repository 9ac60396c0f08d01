#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/base/FileSystem.h"
#include "spate/sources/Source.h"

namespace spate {

struct RateOptions {
  int64_t rowsPerSecond = 1;
  /// How long the speed grows before it is rowsPerSecond.
  std::chrono::seconds rampUpTime{0};
  int numPartitions = 1;

  /// From the options a user gave ("rowsPerSecond", "rampUpTime", "numPartitions", in any case;
  /// times as "10s" or "5m"), over `defaults`.
  /// Errors  kInvalidArgument, with Spark's messages: a value that is no number or not positive,
  ///         a ramp too long to count; an option that does not exist
  static Result<RateOptions> parse(const std::map<std::string, std::string>& options,
                                   RateOptions defaults);
};

/// Spark's `rate`: rows (timestamp, value) at a fixed speed, value counting from 0.
///
/// Out     timestamp timestamp[us, UTC], value int64; nullable, as Spark declares them
/// Offset  a bare number: whole seconds since the start of the query
/// Kept    `0` in the source's metadata directory ("v1\n<ms of the start>"), so that offsets mean
///         the same after a restart
/// Threads as Source
class RateSource final : public Source {
 public:
  /// An empty `metadataDirectory` keeps nothing.
  /// Errors  of the file system; kCorrupt: the file of the start time is not one
  static Result<std::unique_ptr<RateSource>> make(const RateOptions& options,
                                                  const std::string& metadataDirectory,
                                                  FileSystem& files, const Clock& clock);

  std::string name() const override;
  std::shared_ptr<arrow::Schema> schema() const override;
  Result<std::optional<Offset>> initialOffset() override;
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Result<std::vector<Split>> plan(const OffsetRange& range) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) override;
  std::optional<Timestamp> askAgainAt(Timestamp now) const override;

 private:
  RateSource(const RateOptions& options, Timestamp start) : options_(options), start_(start) {}

  int64_t valueAt(int64_t second) const;

  const RateOptions options_;
  const Timestamp start_;
};

}  // namespace spate
