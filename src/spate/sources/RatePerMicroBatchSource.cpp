#include "spate/sources/RatePerMicroBatchSource.h"

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace spate {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kRowsPerArrowBatch = 8192;

struct Position {
  int64_t offset = 0;
  int64_t timestamp = 0;
};

Result<Position> positionOf(const std::optional<Offset>& offset, int64_t startTimestamp) {
  if (!offset) return Position{0, startTimestamp};
  const Json json = Json::parse(offset->json(), nullptr, false);
  const auto isNumber = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_number_integer();
  };
  if (!isNumber("offset") || !isNumber("timestamp"))
    return failure(
        Status::corrupt("not an offset of a rate-micro-batch source: " + offset->json()));
  return Position{json["offset"].get<int64_t>(), json["timestamp"].get<int64_t>()};
}

Offset offsetOf(const Position& position) {
  return Offset(Json{{"offset", position.offset}, {"timestamp", position.timestamp}}.dump());
}

/// Every n-th row of a range; all of a batch have one time.
class Reader final : public arrow::RecordBatchReader {
 public:
  Reader(std::shared_ptr<arrow::Schema> schema, int64_t first, int64_t end, int64_t step,
         int64_t micros)
      : schema_(std::move(schema)), next_(first), end_(end), step_(step), micros_(micros) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (next_ >= end_) return arrow::Status::OK();
    arrow::TimestampBuilder times(schema_->field(0)->type(), arrow::default_memory_pool());
    arrow::Int64Builder values;
    int64_t rows = 0;
    for (; next_ < end_ && rows < kRowsPerArrowBatch; next_ += step_, ++rows) {
      ARROW_RETURN_NOT_OK(times.Append(micros_));
      ARROW_RETURN_NOT_OK(values.Append(next_));
    }
    ARROW_ASSIGN_OR_RAISE(auto timeColumn, times.Finish());
    ARROW_ASSIGN_OR_RAISE(auto valueColumn, values.Finish());
    *out = arrow::RecordBatch::Make(schema_, rows, {timeColumn, valueColumn});
    return arrow::Status::OK();
  }

 private:
  const std::shared_ptr<arrow::Schema> schema_;
  int64_t next_;
  const int64_t end_;
  const int64_t step_;
  const int64_t micros_;
};

Status notPositive(int64_t value, const char* option, const char* what) {
  return Status::invalidArgument(
      fmt::format("Invalid value '{}'. The option '{}' must be {}", value, option, what));
}

}  // namespace

Result<std::unique_ptr<RatePerMicroBatchSource>> RatePerMicroBatchSource::make(
    const OptionMap& options, int defaultPartitions) {
  std::unique_ptr<RatePerMicroBatchSource> source(new RatePerMicroBatchSource());
  SPATE_ASSIGN_OR_FAIL(source->rowsPerBatch_, options.getInt("rowsPerBatch", 0));
  if (source->rowsPerBatch_ <= 0)
    return failure(notPositive(source->rowsPerBatch_, "rowsPerBatch", "positive"));
  SPATE_ASSIGN_OR_FAIL(const int64_t partitions,
                       options.getInt("numPartitions", defaultPartitions));
  if (partitions <= 0 || partitions > std::numeric_limits<int>::max())
    return failure(notPositive(partitions, "numPartitions", "positive"));
  source->numPartitions_ = static_cast<int>(partitions);
  SPATE_ASSIGN_OR_FAIL(source->startTimestamp_, options.getInt("startTimestamp", 0));
  if (source->startTimestamp_ < 0)
    return failure(notPositive(source->startTimestamp_, "startTimestamp", "non-negative"));
  SPATE_ASSIGN_OR_FAIL(source->advanceMillis_, options.getInt("advanceMillisPerBatch", 1000));
  if (source->advanceMillis_ < 0)
    return failure(notPositive(source->advanceMillis_, "advanceMillisPerBatch", "non-negative"));
  return source;
}

std::string RatePerMicroBatchSource::name() const {
  return fmt::format(
      "RatePerMicroBatchStream[rowsPerBatch={}, numPartitions={}, startTimestamp={}, "
      "advanceMsPerBatch={}]",
      rowsPerBatch_, numPartitions_, startTimestamp_, advanceMillis_);
}

std::shared_ptr<arrow::Schema> RatePerMicroBatchSource::schema() const {
  return arrow::schema({arrow::field("timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                        arrow::field("value", arrow::int64())});
}

Result<std::optional<Offset>> RatePerMicroBatchSource::initialOffset() {
  return offsetOf({0, startTimestamp_});
}

Result<std::optional<Offset>> RatePerMicroBatchSource::latestOffset(
    const std::optional<Offset>& from, const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const Position start, positionOf(from, startTimestamp_));
  if (limit.notBeyond) {
    SPATE_ASSIGN_OR_FAIL(const Position bound, positionOf(limit.notBeyond, startTimestamp_));
    if (start.offset >= bound.offset) return offsetOf(start);
  }
  const int64_t room = std::numeric_limits<int64_t>::max() - start.offset;
  return offsetOf({start.offset + std::min(room, rowsPerBatch_), start.timestamp + advanceMillis_});
}

Result<std::vector<Split>> RatePerMicroBatchSource::plan(const OffsetRange& range) {
  SPATE_ASSIGN_OR_FAIL(const Position from, positionOf(range.from, startTimestamp_));
  SPATE_ASSIGN_OR_FAIL(const Position to, positionOf(range.to, startTimestamp_));
  std::vector<Split> splits;
  if (range.empty() || from.offset >= to.offset) return splits;
  for (int partition = 0; partition < numPartitions_; ++partition)
    splits.push_back({partition, range, {}});
  return splits;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> RatePerMicroBatchSource::open(
    const Split& split) {
  SPATE_ASSIGN_OR_FAIL(const Position from, positionOf(split.range.from, startTimestamp_));
  SPATE_ASSIGN_OR_FAIL(const Position to, positionOf(split.range.to, startTimestamp_));
  return std::make_shared<Reader>(schema(), from.offset + split.partition, to.offset,
                                  numPartitions_, from.timestamp * 1000);
}

}  // namespace spate
