#include "spate/sources/RateSource.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "spate/base/AsciiCase.h"

namespace spate {
namespace {

constexpr int64_t kRowsPerArrowBatch = 8192;

std::optional<int64_t> parseNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Spark's time strings, in whole seconds: "10", "10s", "5m", "1h", "2d", "1500ms".
std::optional<int64_t> parseSeconds(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("-0123456789"), text.size());
  const auto number = parseNumber(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string_view unit = text.substr(digits);
  if (unit.empty() || unit == "s") return number;
  if (unit == "ms") return *number / 1000;
  if (unit == "us") return *number / 1'000'000;
  const int64_t factor = unit == "m" || unit == "min" ? 60
                         : unit == "h"                ? 3600
                         : unit == "d"                ? 86400
                                                      : 0;
  if (factor == 0 || std::abs(*number) > std::numeric_limits<int64_t>::max() / factor)
    return std::nullopt;
  return *number * factor;
}

Status notPositive(const std::string& value, std::string_view option) {
  return Status::invalidArgument(
      fmt::format("Invalid value '{}'. The option '{}' must be positive", value, option));
}

int64_t maxSeconds(const RateOptions& options) {
  return std::numeric_limits<int64_t>::max() / options.rowsPerSecond;
}

Result<int64_t> secondOf(const std::optional<Offset>& offset) {
  if (!offset) return 0;
  const auto second = parseNumber(offset->json());
  if (!second || *second < 0)
    return failure(Status::corrupt("not an offset of a rate source: \"" + offset->json() + "\""));
  return *second;
}

Offset offsetOf(int64_t second) { return Offset(std::to_string(second)); }

/// Every n-th row of a range, made while it is read.
class RateReader final : public arrow::RecordBatchReader {
 public:
  struct Rows {
    int64_t rangeStart;
    int64_t first;
    int64_t step;
    int64_t end;
    int64_t startMillis;
    double millisPerValue;
  };

  RateReader(std::shared_ptr<arrow::Schema> schema, const Rows& rows)
      : schema_(std::move(schema)), rows_(rows), next_(rows.first) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (next_ >= rows_.end) return arrow::Status::OK();
    const int64_t left = (rows_.end - next_ + rows_.step - 1) / rows_.step;
    const int64_t count = std::min(left, kRowsPerArrowBatch);
    arrow::TimestampBuilder times(schema_->field(0)->type(), arrow::default_memory_pool());
    arrow::Int64Builder values;
    ARROW_RETURN_NOT_OK(times.Reserve(count));
    ARROW_RETURN_NOT_OK(values.Reserve(count));
    for (int64_t i = 0; i < count; ++i, next_ += rows_.step) {
      // Java's Math.round: half up.
      const double offset = static_cast<double>(next_ - rows_.rangeStart) * rows_.millisPerValue;
      const auto millis = rows_.startMillis + static_cast<int64_t>(std::floor(offset + 0.5));
      times.UnsafeAppend(millis * 1000);
      values.UnsafeAppend(next_);
    }
    ARROW_ASSIGN_OR_RAISE(auto timeColumn, times.Finish());
    ARROW_ASSIGN_OR_RAISE(auto valueColumn, values.Finish());
    *out = arrow::RecordBatch::Make(schema_, count, {timeColumn, valueColumn});
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  const Rows rows_;
  int64_t next_;
};

Result<Timestamp> startTime(const std::string& directory, FileSystem& files, const Clock& clock) {
  const Timestamp now = timestampOfMillis(millisOf(clock.now()));
  if (directory.empty()) return now;
  const std::string path = joinPath(directory, "0");
  const Result<std::string> text = files.readFile(path);
  if (!text && text.error().code() != StatusCode::kNotFound) return failure(text.error());
  if (!text) {
    SPATE_FAIL_IF_ERROR(files.writeAtomically(path, fmt::format("v1\n{}", millisOf(now))));
    return now;
  }
  const auto millis =
      text->starts_with("v1\n") ? parseNumber(std::string_view(*text).substr(3)) : std::nullopt;
  if (!millis) return failure(Status::corrupt("no start time of a rate source in " + path));
  return timestampOfMillis(*millis);
}

}  // namespace

Result<RateOptions> RateOptions::parse(const std::map<std::string, std::string>& options,
                                       RateOptions defaults) {
  RateOptions result = defaults;
  for (const auto& [key, value] : options) {
    const std::string name = asciiLower(key);
    if (name == "rowspersecond") {
      const auto number = parseNumber(value);
      if (!number || *number <= 0) return failure(notPositive(value, "rowsPerSecond"));
      result.rowsPerSecond = *number;
    } else if (name == "rampuptime") {
      const auto seconds = parseSeconds(asciiLower(value));
      if (!seconds || *seconds < 0)
        return failure(Status::invalidArgument(fmt::format(
            "Invalid value '{}'. The option 'rampUpTime' must not be negative", value)));
      result.rampUpTime = std::chrono::seconds(*seconds);
    } else if (name == "numpartitions") {
      const auto number = parseNumber(value);
      if (!number || *number <= 0 || *number > std::numeric_limits<int>::max())
        return failure(notPositive(value, "numPartitions"));
      result.numPartitions = static_cast<int>(*number);
    } else {
      return failure(Status::invalidArgument("The rate source has no option '" + key + "'"));
    }
  }
  if (result.rampUpTime.count() > maxSeconds(result))
    return failure(Status::invalidArgument(
        fmt::format("Max offset with {} rowsPerSecond is {}, but 'rampUpTimeSeconds' is {}.",
                    result.rowsPerSecond, maxSeconds(result), result.rampUpTime.count())));
  return result;
}

Result<std::unique_ptr<RateSource>> RateSource::make(const RateOptions& options,
                                                     const std::string& metadataDirectory,
                                                     FileSystem& files, const Clock& clock) {
  SPATE_ASSIGN_OR_FAIL(const Timestamp start, startTime(metadataDirectory, files, clock));
  return std::unique_ptr<RateSource>(new RateSource(options, start));
}

std::string RateSource::name() const {
  return fmt::format("RateStreamV2[rowsPerSecond={}, rampUpTimeSeconds={}, numPartitions={}]",
                     options_.rowsPerSecond, options_.rampUpTime.count(), options_.numPartitions);
}

std::shared_ptr<arrow::Schema> RateSource::schema() const {
  return arrow::schema({arrow::field("timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                        arrow::field("value", arrow::int64())});
}

Result<std::optional<Offset>> RateSource::initialOffset() { return offsetOf(0); }

Result<std::optional<Offset>> RateSource::latestOffset(const std::optional<Offset>& from,
                                                       const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const int64_t start, secondOf(from));
  // Never back: the clock may have been set back since `from` was logged.
  int64_t second = std::max<int64_t>((limit.batchTime - start_) / std::chrono::seconds(1), start);
  if (limit.notBeyond) {
    SPATE_ASSIGN_OR_FAIL(const int64_t bound, secondOf(limit.notBeyond));
    second = std::min(second, bound);
  }
  if (second > maxSeconds(options_))
    return failure(Status::invalidArgument(
        fmt::format("Max offset with {} rowsPerSecond is {}, but it's {} now.",
                    options_.rowsPerSecond, maxSeconds(options_), second)));
  return offsetOf(second);
}

int64_t RateSource::valueAt(int64_t second) const {
  const int64_t ramp = options_.rampUpTime.count();
  if (second > ramp) return valueAt(ramp) + (second - ramp) * options_.rowsPerSecond;
  // The speed grows by this much each second; the sum of 1..second without overflow.
  const int64_t speedDelta = options_.rowsPerSecond / (ramp + 1);
  return second % 2 == 1 ? (second + 1) / 2 * speedDelta * second
                         : second / 2 * speedDelta * (second + 1);
}

Result<std::vector<Split>> RateSource::plan(const OffsetRange& range) {
  SPATE_ASSIGN_OR_FAIL(const int64_t from, secondOf(range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, secondOf(range.to));
  std::vector<Split> splits;
  if (range.empty() || valueAt(from) >= valueAt(to)) return splits;
  for (int partition = 0; partition < options_.numPartitions; ++partition)
    splits.push_back({partition, range, {}});
  return splits;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> RateSource::open(const Split& split) {
  SPATE_ASSIGN_OR_FAIL(const int64_t from, secondOf(split.range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, secondOf(split.range.to));
  RateReader::Rows rows{};
  rows.rangeStart = valueAt(from);
  rows.end = valueAt(to);
  rows.first = rows.rangeStart + split.partition;
  rows.step = options_.numPartitions;
  rows.startMillis = millisOf(start_) + from * 1000;
  rows.millisPerValue =
      static_cast<double>((to - from) * 1000) / static_cast<double>(rows.end - rows.rangeStart);
  return std::make_shared<RateReader>(schema(), rows);
}

std::optional<Timestamp> RateSource::askAgainAt(Timestamp now) const {
  return start_ + std::chrono::floor<std::chrono::seconds>(now - start_) + std::chrono::seconds(1);
}

}  // namespace spate
