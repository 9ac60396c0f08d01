#include "spate/operators/GroupTable.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/checked_cast.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <string_view>
#include <utility>

#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Hash.h"

namespace spate {
namespace {

using arrow::internal::checked_cast;

struct TextHash {
  using is_avalanching = void;
  size_t operator()(std::string_view text) const { return stableHash(text); }
};
struct NumberHash {
  using is_avalanching = void;
  size_t operator()(int64_t value) const { return stableHash(value); }
};

/// Keeps the bytes of texts at places that do not move.
class Arena {
 public:
  std::string_view keep(std::string_view text) {
    if (free_ < text.size()) {
      const size_t size = std::max<size_t>(kBlock, text.size());
      blocks_.push_back(std::make_unique<char[]>(size));
      at_ = blocks_.back().get();
      free_ = size;
    }
    char* const place = at_;
    std::copy(text.begin(), text.end(), place);
    at_ += text.size();
    free_ -= text.size();
    return {place, text.size()};
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 16;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  size_t free_ = 0;
};

enum class Layout { kNone, kNumber, kText, kBytes };

bool isWholeNumber(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInteger:
    case TypeKind::kLong:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kYearMonthInterval: return true;
    default: return false;
  }
}

int64_t numberAt(const arrow::Array& column, int64_t row) {
  switch (column.type_id()) {
    case arrow::Type::INT8: return column.data()->GetValues<int8_t>(1)[row];
    case arrow::Type::INT16: return column.data()->GetValues<int16_t>(1)[row];
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS: return column.data()->GetValues<int32_t>(1)[row];
    default: return column.data()->GetValues<int64_t>(1)[row];
  }
}

}  // namespace

struct GroupTable::Index {
  Layout layout = Layout::kBytes;
  uint32_t size = 0;
  uint32_t nullGroup = kNoGroup;
  boost::unordered_flat_map<int64_t, uint32_t, NumberHash> numbers;
  boost::unordered_flat_map<std::string_view, uint32_t, TextHash> texts;
  Arena arena;

  /// `added(row)` is told of each row that begins a group.
  template <class Added>
  uint32_t ofText(std::string_view text, int64_t row, Added& added) {
    const auto found = texts.find(text);
    if (found != texts.end()) return found->second;
    texts.emplace(arena.keep(text), size);
    added(row);
    return size++;
  }
  template <class Added>
  uint32_t ofNumber(int64_t number, int64_t row, Added& added) {
    const auto [place, isNew] = numbers.try_emplace(number, size);
    if (!isNew) return place->second;
    added(row);
    return size++;
  }
  template <class Added>
  uint32_t ofNull(int64_t row, Added& added) {
    if (nullGroup == kNoGroup) {
      nullGroup = size++;
      added(row);
    }
    return nullGroup;
  }
};

GroupTable::GroupTable(std::vector<DataType> keyTypes)
    : types_(std::move(keyTypes)), index_(std::make_unique<Index>()) {
  pieces_.resize(types_.size());
  if (types_.empty()) {
    index_->layout = Layout::kNone;
  } else if (types_.size() == 1 && isWholeNumber(types_[0])) {
    index_->layout = Layout::kNumber;
  } else if (types_.size() == 1 && (types_[0].isText() || types_[0].is(TypeKind::kBinary))) {
    index_->layout = Layout::kText;
  }
}

GroupTable::~GroupTable() = default;

size_t GroupTable::size() const { return index_->size; }

Status GroupTable::groupsOf(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
                            std::vector<uint32_t>& groups) {
  groups.resize(static_cast<size_t>(rows));
  arrow::Int64Builder newRows;
  arrow::Status failed;
  auto added = [&](int64_t row) { failed &= newRows.Append(row); };
  switch (index_->layout) {
    case Layout::kNone:
      if (rows > 0) index_->size = 1;
      std::fill(groups.begin(), groups.end(), 0);
      return Status::OK();
    case Layout::kNumber: {
      const arrow::Array& column = *keys[0];
      for (int64_t i = 0; i < rows; ++i)
        groups[static_cast<size_t>(i)] = column.IsNull(i)
                                             ? index_->ofNull(i, added)
                                             : index_->ofNumber(numberAt(column, i), i, added);
      break;
    }
    case Layout::kText: {
      const auto& column = checked_cast<const arrow::BinaryArray&>(*keys[0]);
      const bool hasNulls = column.null_count() > 0;
      for (int64_t i = 0; i < rows; ++i)
        groups[static_cast<size_t>(i)] = hasNulls && column.IsNull(i)
                                             ? index_->ofNull(i, added)
                                             : index_->ofText(column.GetView(i), i, added);
      break;
    }
    case Layout::kBytes: {
      std::vector<KeyColumn> columns;
      for (size_t i = 0; i < keys.size(); ++i) columns.push_back({keys[i], types_[i]});
      std::string bytes;
      for (int64_t i = 0; i < rows; ++i) {
        bytes.clear();
        KeyEncoder::encode(columns, i, bytes);
        groups[static_cast<size_t>(i)] = index_->ofText(bytes, i, added);
      }
      break;
    }
  }
  SPATE_RETURN_IF_ERROR(fromArrow(failed));
  if (newRows.length() == 0) return Status::OK();
  std::shared_ptr<arrow::Array> indices;
  SPATE_RETURN_IF_ERROR(fromArrow(newRows.Finish(&indices)));
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto taken =
        arrow::compute::Take(*keys[i], *indices, arrow::compute::TakeOptions::NoBoundsCheck());
    if (!taken.ok()) return fromArrow(taken.status());
    pieces_[i].push_back(*taken);
  }
  return Status::OK();
}

void GroupTable::find(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
                      std::vector<uint32_t>& groups) const {
  groups.assign(static_cast<size_t>(rows), kNoGroup);
  if (index_->size == 0) return;
  const auto ofText = [&](std::string_view text) {
    const auto found = index_->texts.find(text);
    return found == index_->texts.end() ? kNoGroup : found->second;
  };
  switch (index_->layout) {
    case Layout::kNone: std::fill(groups.begin(), groups.end(), 0); return;
    case Layout::kNumber:
      for (int64_t i = 0; i < rows; ++i) {
        if (keys[0]->IsNull(i)) {
          groups[static_cast<size_t>(i)] = index_->nullGroup;
          continue;
        }
        const auto found = index_->numbers.find(numberAt(*keys[0], i));
        if (found != index_->numbers.end()) groups[static_cast<size_t>(i)] = found->second;
      }
      return;
    case Layout::kText: {
      const auto& column = checked_cast<const arrow::BinaryArray&>(*keys[0]);
      for (int64_t i = 0; i < rows; ++i)
        groups[static_cast<size_t>(i)] =
            column.IsNull(i) ? index_->nullGroup : ofText(column.GetView(i));
      return;
    }
    case Layout::kBytes: {
      std::vector<KeyColumn> columns;
      for (size_t i = 0; i < keys.size(); ++i) columns.push_back({keys[i], types_[i]});
      std::string bytes;
      for (int64_t i = 0; i < rows; ++i) {
        bytes.clear();
        KeyEncoder::encode(columns, i, bytes);
        groups[static_cast<size_t>(i)] = ofText(bytes);
      }
      return;
    }
  }
}

Result<std::vector<std::shared_ptr<arrow::Array>>> GroupTable::keys() const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < types_.size(); ++i) {
    if (pieces_[i].empty()) {
      SPATE_ASSIGN_OR_FAIL(auto empty, columnOf({}, types_[i]));
      columns.push_back(std::move(empty));
      continue;
    }
    auto joined = arrow::Concatenate(pieces_[i]);
    if (!joined.ok()) return failure(fromArrow(joined.status()));
    columns.push_back(*std::move(joined));
  }
  return columns;
}

}  // namespace spate
