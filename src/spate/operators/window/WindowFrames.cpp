#include "spate/operators/window/WindowFrames.h"

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace spate {
namespace {

Result<std::vector<KeyColumn>> keyColumns(std::span<const SortKey> keys,
                                          const arrow::RecordBatch& rows, EvalContext& context) {
  std::vector<KeyColumn> columns;
  for (const SortKey& key : keys) {
    SPATE_ASSIGN_OR_FAIL(auto values, evaluateToArray(*key.expression, rows, context));
    columns.push_back({std::move(values), key.expression->type(), key.ascending, key.nullsFirst});
  }
  return columns;
}

}  // namespace

Result<SortedPartitions> SortedPartitions::make(const arrow::RecordBatch& rows, TaskContext& task,
                                                const std::vector<BoundExpressionPtr>& partitionBy,
                                                const std::vector<SortKey>& orderBy) {
  SortedPartitions sorted;
  sorted.orderBy_ = orderBy;
  EvalContext context = task.evalContext(&rows);
  std::vector<SortKey> partitionKeys;
  for (const BoundExpressionPtr& key : partitionBy) partitionKeys.push_back({key});
  SPATE_ASSIGN_OR_FAIL(const auto partitionColumns, keyColumns(partitionKeys, rows, context));
  SPATE_ASSIGN_OR_FAIL(const auto orderColumns, keyColumns(orderBy, rows, context));
  const auto count = static_cast<size_t>(rows.num_rows());
  std::vector<Place> places(count);
  for (size_t i = 0; i < count; ++i) {
    places[i].from = sorted.bytes_.size();
    KeyEncoder::encode(partitionColumns, static_cast<int64_t>(i), sorted.bytes_);
    places[i].order = sorted.bytes_.size();
    KeyEncoder::encode(orderColumns, static_cast<int64_t>(i), sorted.bytes_);
    places[i].to = sorted.bytes_.size();
  }
  const std::string_view bytes = sorted.bytes_;
  const auto whole = [&](const Place& place) {
    return bytes.substr(place.from, place.to - place.from);
  };
  const auto partitionKey = [&](const Place& place) {
    return bytes.substr(place.from, place.order - place.from);
  };
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  // Equal keys stay in the order in which they came.
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const int compared =
        whole(places[static_cast<size_t>(a)]).compare(whole(places[static_cast<size_t>(b)]));
    return compared != 0 ? compared < 0 : a < b;
  });
  const arrow::Int64Array positions(rows.num_rows(), arrow::Buffer::Wrap(order));
  SPATE_ASSIGN_OR_FAIL(sorted.rows_, takeRows(rows, positions));

  sorted.places_.reserve(count);
  for (const int64_t row : order) sorted.places_.push_back(places[static_cast<size_t>(row)]);
  sorted.partitionOf_.reserve(count);
  sorted.peersOf_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto at = static_cast<int64_t>(i);
    const bool isNewPartition =
        i == 0 || partitionKey(sorted.places_[i]) != partitionKey(sorted.places_[i - 1]);
    if (isNewPartition) sorted.partitions_.push_back({at, at});
    if (isNewPartition || whole(sorted.places_[i]) != whole(sorted.places_[i - 1]))
      sorted.peers_.push_back({at, at});
    sorted.partitions_.back().to = at + 1;
    sorted.peers_.back().to = at + 1;
    sorted.partitionOf_.push_back(static_cast<uint32_t>(sorted.partitions_.size() - 1));
    sorted.peersOf_.push_back(static_cast<uint32_t>(sorted.peers_.size() - 1));
  }
  return sorted;
}

std::string_view SortedPartitions::orderKey(int64_t row) const {
  const Place& place = places_[static_cast<size_t>(row)];
  return std::string_view(bytes_).substr(place.order, place.to - place.order);
}

Result<std::vector<std::string>> SortedPartitions::boundKeys(const FrameEnd& end,
                                                             TaskContext& task) const {
  EvalContext context = task.evalContext(rows_.get());
  const SortKey key{end.bound, orderBy_[0].ascending, orderBy_[0].nullsFirst};
  SPATE_ASSIGN_OR_FAIL(const auto columns, keyColumns({&key, 1}, *rows_, context));
  std::vector<std::string> keys(static_cast<size_t>(size()));
  for (int64_t row = 0; row < size(); ++row)
    KeyEncoder::encode(columns, row, keys[static_cast<size_t>(row)]);
  return keys;
}

Result<std::vector<RowRange>> SortedPartitions::frames(const WindowFrame& frame,
                                                       TaskContext& task) const {
  const bool lowerByKey = !frame.isRows && frame.lower.kind == FrameEnd::Kind::kValue;
  const bool upperByKey = !frame.isRows && frame.upper.kind == FrameEnd::Kind::kValue;
  std::vector<std::string> lowerKeys;
  std::vector<std::string> upperKeys;
  if (lowerByKey) {
    SPATE_ASSIGN_OR_FAIL(lowerKeys, boundKeys(frame.lower, task));
  }
  if (upperByKey) {
    SPATE_ASSIGN_OR_FAIL(upperKeys, boundKeys(frame.upper, task));
  }
  // The first row of [from, to) whose key is not before (isAfter: is behind) the one given.
  const auto search = [&](RowRange range, std::string_view key, bool isAfter) {
    while (range.from < range.to) {
      const int64_t middle = range.from + (range.to - range.from) / 2;
      const int compared = orderKey(middle).compare(key);
      if (compared < 0 || (isAfter && compared == 0)) {
        range.from = middle + 1;
      } else {
        range.to = middle;
      }
    }
    return range.from;
  };
  std::vector<RowRange> frames(static_cast<size_t>(size()));
  for (int64_t row = 0; row < size(); ++row) {
    const auto i = static_cast<size_t>(row);
    const RowRange& all = partition(row);
    RowRange& one = frames[i];
    one = all;
    if (frame.lower.kind == FrameEnd::Kind::kCurrentRow) {
      one.from = frame.isRows ? row : peers(row).from;
    } else if (lowerByKey) {
      one.from = search(all, lowerKeys[i], false);
    } else if (frame.lower.kind == FrameEnd::Kind::kValue) {
      one.from = std::clamp(row + frame.lower.rows, all.from, all.to);
    }
    if (frame.upper.kind == FrameEnd::Kind::kCurrentRow) {
      one.to = frame.isRows ? row + 1 : peers(row).to;
    } else if (upperByKey) {
      one.to = search(all, upperKeys[i], true);
    } else if (frame.upper.kind == FrameEnd::Kind::kValue) {
      one.to = std::clamp(row + frame.upper.rows + 1, all.from, all.to);
    }
    one.to = std::max(one.to, one.from);
  }
  return frames;
}

}  // namespace spate
