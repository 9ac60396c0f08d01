#include "spate/operators/window/EventTimeWatermark.h"

#include <arrow/array/array_base.h>
#include <arrow/record_batch.h>

#include <algorithm>

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
    for (int64_t row = 0; row < times.length(); ++row) {
      const auto time = eventTimeAt(times, type_, row);
      if (!time) continue;
      stats_.min = stats_.count == 0 ? *time : std::min(stats_.min, *time);
      stats_.max = stats_.count == 0 ? *time : std::max(stats_.max, *time);
      stats_.sum += static_cast<double>(*time);
      ++stats_.count;
    }
    return output.push(std::move(batch));
  }

  Status endInput(TaskContext& task, Output&) override {
    if (task.run().states != nullptr)
      task.run().states->reportEventTime(watermark_, delay_, stats_);
    return Status::OK();
  }

 private:
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
