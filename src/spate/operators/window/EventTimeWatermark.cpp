#include "spate/operators/window/EventTimeWatermark.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <span>

#include "spate/operators/OperatorStates.h"
#include "spate/operators/StateRows.h"

namespace spate {
namespace {

class EventTimeWatermark final : public Operator {
 public:
  EventTimeWatermark(int watermark, int column, const DataType& type, Micros delay)
      : watermark_(watermark), column_(column), type_(type), delay_(delay) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output& output) override {
    const arrow::Array& times = *batch->column(column_);
    if (!type_.is(TypeKind::kStruct) && times.null_count() == 0) {
      noteAll(std::span(times.data()->GetValues<int64_t>(1), static_cast<size_t>(times.length())));
      return output.push(std::move(batch));
    }
    for (int64_t row = 0; row < times.length(); ++row) {
      const auto time = eventTimeAt(times, type_, row);
      if (time) noteAll(std::span(&*time, 1));
    }
    return output.push(std::move(batch));
  }

  Status endInput(TaskContext& task, Output&) override {
    if (task.run().states != nullptr)
      task.run().states->reportEventTime(watermark_, delay_, stats_);
    return Status::OK();
  }

 private:
  void noteAll(std::span<const int64_t> times) {
    if (times.empty()) return;
    const auto [min, max] = std::ranges::minmax(times);
    stats_.min = stats_.count == 0 ? min : std::min(stats_.min, min);
    stats_.max = stats_.count == 0 ? max : std::max(stats_.max, max);
    for (const int64_t time : times) stats_.sum += static_cast<double>(time);
    stats_.count += static_cast<int64_t>(times.size());
  }

  int watermark_;
  int column_;
  DataType type_;
  Micros delay_;
  EventTimeStats stats_;
};

}  // namespace

std::unique_ptr<Operator> makeEventTimeWatermark(int watermark, int column, const DataType& type,
                                                 Micros delay) {
  return std::make_unique<EventTimeWatermark>(watermark, column, type, delay);
}

}  // namespace spate
