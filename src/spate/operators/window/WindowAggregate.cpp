#include "spate/operators/window/WindowAggregate.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// So many rows are handed to an accumulator at once.
constexpr size_t kChunk = 256 * 1024;

Result<ArrayPtr> take(const arrow::Array& values, const std::vector<int64_t>& positions) {
  const arrow::Int64Array places(static_cast<int64_t>(positions.size()),
                                 arrow::Buffer::Wrap(positions));
  auto taken = arrow::compute::Take(values, places, arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok()) return failure(fromArrow(taken.status()));
  return *std::move(taken);
}

Result<ArrayPtr> joined(const std::vector<ArrayPtr>& pieces) {
  auto whole = arrow::Concatenate(pieces);
  if (!whole.ok()) return failure(fromArrow(whole.status()));
  return *std::move(whole);
}

/// Arrays to be joined: many small ones are, from time to time, so that they do not pile up.
class Pieces {
 public:
  static constexpr size_t kAtOnce = 4096;

  /// True when it was time to join some.
  Result<bool> add(ArrayPtr piece) {
    small_.push_back(std::move(piece));
    if (small_.size() < kAtOnce) return false;
    SPATE_FAIL_IF_ERROR(joinSmall());
    return true;
  }
  Result<ArrayPtr> all() {
    SPATE_FAIL_IF_ERROR(joinSmall());
    return joined(large_);
  }

 private:
  Status joinSmall() {
    if (small_.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(auto piece, joined(small_));
    large_.push_back(std::move(piece));
    small_.clear();
    return Status::OK();
  }

  std::vector<ArrayPtr> large_;
  std::vector<ArrayPtr> small_;
};

/// One aggregation over many frames of the same rows.
class FrameAggregation {
 public:
  FrameAggregation(const AggregateCall& call, const SortedPartitions& sorted, TaskContext& task,
                   const Output& output)
      : call_(call),
        sorted_(sorted),
        task_(task),
        output_(output),
        context_(task.evalContext(sorted.rows().get())) {}

  Result<ArrayPtr> run(const std::vector<RowRange>& perRow) {
    SPATE_FAIL_IF_ERROR(evaluateArguments());
    // Rows that follow one another with the same frame need it once.
    std::vector<int64_t> frameOf;
    frameOf.reserve(perRow.size());
    size_t rows = 0;
    bool grows = true;
    for (const RowRange& frame : perRow) {
      if (frames_.empty() || frames_.back() != frame) {
        frames_.push_back(frame);
        rows += static_cast<size_t>(frame.to - frame.from);
        grows = grows && frame.from == sorted_.partition(static_cast<int64_t>(frameOf.size())).from;
      }
      frameOf.push_back(static_cast<int64_t>(frames_.size()) - 1);
    }
    // Spark goes through the rows of a frame in their order, and sums of doubles depend on it: a
    // tree of partial results is for other values, and for long frames that slide.
    Result<ArrayPtr> results = rows <= 32 * perRow.size() + kChunk ? byRows()
                               : grows && dependsOnOrder()         ? bySteps()
                                                                   : byTree();
    if (!results || !*results || frames_.size() == perRow.size()) return results;
    return take(**results, frameOf);
  }

 private:
  Status evaluateArguments() {
    const arrow::RecordBatch& rows = *sorted_.rows();
    for (const BoundExpressionPtr& argument : call_.arguments) {
      SPATE_ASSIGN_OR_RETURN(auto values, evaluateToArray(*argument, rows, context_));
      arguments_.push_back(std::move(values));
    }
    if (call_.filter) {
      SPATE_ASSIGN_OR_RETURN(filter_, evaluateToArray(*call_.filter, rows, context_));
    }
    return Status::OK();
  }

  bool dependsOnOrder() const {
    return std::ranges::any_of(call_.function.buffer, [](const StructField& field) {
      return field.type.is(TypeKind::kDouble) || field.type.is(TypeKind::kFloat);
    });
  }

  bool isChosen(int64_t row) const {
    if (!filter_) return true;
    const auto& mask = static_cast<const arrow::BooleanArray&>(*filter_);
    return mask.IsValid(row) && mask.Value(row);
  }

  std::unique_ptr<Accumulator> makeAccumulator() const {
    return call_.function.make(*task_.run().settings);
  }

  /// Hands the rows at `positions` to the accumulator, each for its group.
  Status update(Accumulator& accumulator, const std::vector<int64_t>& positions,
                const std::vector<uint32_t>& groups) {
    std::vector<arrow::Datum> values;
    for (const ArrayPtr& argument : arguments_) {
      if (positions.size() == 1) {
        values.emplace_back(argument->Slice(positions[0], 1));
        continue;
      }
      SPATE_ASSIGN_OR_RETURN(auto taken, take(*argument, positions));
      values.emplace_back(std::move(taken));
    }
    return accumulator.update(context_, values, groups);
  }

  /// Every frame from its rows.
  Result<ArrayPtr> byRows() {
    const auto accumulator = makeAccumulator();
    accumulator->resize(frames_.size());
    std::vector<int64_t> positions;
    std::vector<uint32_t> groups;
    const auto flush = [&]() -> Status {
      if (positions.empty()) return Status::OK();
      SPATE_RETURN_IF_ERROR(update(*accumulator, positions, groups));
      positions.clear();
      groups.clear();
      return Status::OK();
    };
    for (size_t i = 0; i < frames_.size(); ++i) {
      for (int64_t row = frames_[i].from; row < frames_[i].to; ++row) {
        if (!isChosen(row)) continue;
        positions.push_back(row);
        groups.push_back(static_cast<uint32_t>(i));
        if (positions.size() < kChunk) continue;
        SPATE_FAIL_IF_ERROR(flush());
        if (!output_.wantsMore()) return ArrayPtr();
      }
    }
    SPATE_FAIL_IF_ERROR(flush());
    return accumulator->results();
  }

  /// Frames that begin with their partition: each goes on from the one before. Partitions of about
  /// the same length go side by side, since one row at a time is slow.
  Result<ArrayPtr> bySteps() {
    std::vector<std::pair<size_t, size_t>> chains;  // frames [first, second) of a partition
    for (size_t i = 0; i < frames_.size(); ++i) {
      if (i == 0 || frames_[i].from != frames_[i - 1].from) chains.emplace_back(i, i);
      chains.back().second = i + 1;
    }
    const auto length = [](const auto& chain) { return chain.second - chain.first; };
    const auto isShorter = [&](const auto& x, const auto& y) { return length(x) < length(y); };
    std::ranges::stable_sort(chains, isShorter);
    Pieces pieces;
    std::vector<int64_t> places(frames_.size());
    int64_t taken = 0;
    for (auto begin = chains.begin(); begin != chains.end();) {
      auto end = begin;
      while (end != chains.end() && length(*end) <= 2 * length(*begin)) ++end;
      const std::span together(begin, end);
      SPATE_FAIL_IF_ERROR(stepThrough(together, length(*(end - 1)), pieces, places, taken));
      if (!output_.wantsMore()) return ArrayPtr();
      begin = end;
    }
    SPATE_ASSIGN_OR_FAIL(const auto whole, pieces.all());
    return take(*whole, places);
  }

  Status stepThrough(std::span<const std::pair<size_t, size_t>> chains, size_t steps,
                     Pieces& pieces, std::vector<int64_t>& places, int64_t& taken) {
    const auto accumulator = makeAccumulator();
    accumulator->resize(chains.size());
    std::vector<int64_t> next;
    for (const auto& chain : chains) next.push_back(frames_[chain.first].from);
    std::vector<int64_t> positions;
    std::vector<uint32_t> groups;
    for (size_t step = 0; step < steps; ++step) {
      positions.clear();
      groups.clear();
      for (size_t g = 0; g < chains.size(); ++g) {
        const size_t frame = chains[g].first + step;
        if (frame >= chains[g].second) continue;
        places[frame] = taken + static_cast<int64_t>(g);
        for (; next[g] < frames_[frame].to; ++next[g]) {
          if (!isChosen(next[g])) continue;
          positions.push_back(next[g]);
          groups.push_back(static_cast<uint32_t>(g));
        }
      }
      if (!positions.empty()) SPATE_RETURN_IF_ERROR(update(*accumulator, positions, groups));
      SPATE_ASSIGN_OR_RETURN(auto results, accumulator->results());
      SPATE_ASSIGN_OR_RETURN(const bool isTimeToLook, pieces.add(std::move(results)));
      if (isTimeToLook && !output_.wantsMore()) return Status::OK();
      taken += static_cast<int64_t>(chains.size());
    }
    return Status::OK();
  }

  /// Any frames: partial results of 1, 2, 4, ... rows, of which each frame takes a few.
  Result<ArrayPtr> byTree() {
    std::vector<std::vector<ArrayPtr>> levels;  // buffers of a level, one per field
    std::vector<int64_t> starts;                // of each level's nodes among all
    SPATE_ASSIGN_OR_FAIL(auto buffers, leaves());
    int64_t nodes = sorted_.size();
    int64_t all = 0;
    while (true) {
      levels.push_back(buffers);
      starts.push_back(all);
      all += nodes;
      if (nodes <= 1) break;
      const auto accumulator = makeAccumulator();
      const int64_t above = (nodes + 1) / 2;
      accumulator->resize(static_cast<size_t>(above));
      std::vector<uint32_t> groups(static_cast<size_t>(nodes));
      for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<uint32_t>(i / 2);
      SPATE_FAIL_IF_ERROR(accumulator->merge(buffers, groups));
      SPATE_ASSIGN_OR_FAIL(buffers, accumulator->buffers());
      nodes = above;
    }
    std::vector<ArrayPtr> fields;
    for (size_t field = 0; field < levels[0].size(); ++field) {
      std::vector<ArrayPtr> pieces;
      for (const auto& level : levels) pieces.push_back(level[field]);
      SPATE_ASSIGN_OR_FAIL(auto whole, joined(pieces));
      fields.push_back(std::move(whole));
    }
    return mergeFrames(fields, starts);
  }

  Result<std::vector<ArrayPtr>> leaves() {
    const auto accumulator = makeAccumulator();
    accumulator->resize(static_cast<size_t>(sorted_.size()));
    std::vector<int64_t> positions;
    std::vector<uint32_t> groups;
    for (int64_t row = 0; row < sorted_.size(); ++row) {
      if (!isChosen(row)) continue;
      positions.push_back(row);
      groups.push_back(static_cast<uint32_t>(row));
    }
    if (!positions.empty()) SPATE_FAIL_IF_ERROR(update(*accumulator, positions, groups));
    return accumulator->buffers();
  }

  Result<ArrayPtr> mergeFrames(const std::vector<ArrayPtr>& fields,
                               const std::vector<int64_t>& starts) {
    const auto accumulator = makeAccumulator();
    accumulator->resize(frames_.size());
    std::vector<int64_t> picks;
    std::vector<uint32_t> groups;
    const auto flush = [&]() -> Status {
      if (picks.empty()) return Status::OK();
      std::vector<ArrayPtr> buffers;
      for (const ArrayPtr& field : fields) {
        SPATE_ASSIGN_OR_RETURN(auto taken, take(*field, picks));
        buffers.push_back(std::move(taken));
      }
      SPATE_RETURN_IF_ERROR(accumulator->merge(buffers, groups));
      picks.clear();
      groups.clear();
      return Status::OK();
    };
    std::vector<int64_t> right;
    for (size_t i = 0; i < frames_.size(); ++i) {
      RowRange range = frames_[i];
      right.clear();
      for (size_t level = 0; range.from < range.to; ++level) {
        const auto pick = [&](int64_t node) { return starts[level] + node; };
        if (range.from % 2 == 1) picks.push_back(pick(range.from++));
        if (range.to % 2 == 1) right.push_back(pick(--range.to));
        range.from /= 2;
        range.to /= 2;
      }
      picks.insert(picks.end(), right.rbegin(), right.rend());
      groups.resize(picks.size(), static_cast<uint32_t>(i));
      if (picks.size() < kChunk) continue;
      SPATE_FAIL_IF_ERROR(flush());
      if (!output_.wantsMore()) return ArrayPtr();
    }
    SPATE_FAIL_IF_ERROR(flush());
    return accumulator->results();
  }

  const AggregateCall& call_;
  const SortedPartitions& sorted_;
  TaskContext& task_;
  const Output& output_;
  EvalContext context_;
  std::vector<ArrayPtr> arguments_;
  ArrayPtr filter_;
  std::vector<RowRange> frames_;
};

}  // namespace

Result<ArrayPtr> aggregateFrames(const AggregateCall& call, const SortedPartitions& sorted,
                                 const std::vector<RowRange>& frames, TaskContext& task,
                                 const Output& output) {
  return FrameAggregation(call, sorted, task, output).run(frames);
}

}  // namespace spate
