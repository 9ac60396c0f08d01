#include "spate/operators/GroupTable.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <string_view>
#include <utility>

#include "spate/operators/FixedKeys.h"
#include "spate/operators/KeyIndex.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Hash.h"

namespace spate {
namespace {

using arrow::internal::checked_cast;

struct NumberHash {
  using is_avalanching = void;
  size_t operator()(int64_t value) const { return stableHash(value); }
};

enum class Layout { kNone, kNumber, kText, kFixed, kBytes };

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

/// Calls `use` with the values of a column of whole numbers.
template <class Use>
void withNumbers(const arrow::Array& column, Use use) {
  switch (column.type_id()) {
    case arrow::Type::INT8: return use(column.data()->GetValues<int8_t>(1));
    case arrow::Type::INT16: return use(column.data()->GetValues<int16_t>(1));
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS: return use(column.data()->GetValues<int32_t>(1));
    default: return use(column.data()->GetValues<int64_t>(1));
  }
}

/// Keys of all rows as bytes, for layouts that have to make them.
struct EncodedKeys {
  std::vector<char> fixed;
  size_t stride = 0;
  std::string bytes;
  std::vector<size_t> ends;

  std::string_view fixedAt(size_t row) const { return {fixed.data() + row * stride, stride}; }
  std::string_view textAt(size_t row) const {
    const size_t begin = row == 0 ? 0 : ends[row - 1];
    return std::string_view(bytes).substr(begin, ends[row] - begin);
  }
};

/// The texts of a column, without the checks of GetView().
struct Texts {
  const int32_t* offsets;
  const char* data;

  explicit Texts(const arrow::Array& column)
      : offsets(column.data()->GetValues<int32_t>(1)),
        data(column.data()->buffers[2] == nullptr
                 ? ""
                 : reinterpret_cast<const char*>(column.data()->buffers[2]->data())) {}
  std::string_view operator()(size_t row) const {
    return {data + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }
};

}  // namespace

struct GroupTable::Index {
  Layout layout = Layout::kBytes;
  uint32_t size = 0;
  uint32_t nullGroup = kNoGroup;
  boost::unordered_flat_map<int64_t, uint32_t, NumberHash> numbers;
  /// The groups of the numbers from `least` on, where these lie close together; else empty.
  std::vector<uint32_t> byNumber;
  int64_t least = 0;
  KeyIndex texts;
  EncodedKeys encoded;

  /// The null among the texts has a group, but no number in their index.
  uint32_t groupOfText(uint32_t number) const {
    return number != KeyIndex::kNone && number >= nullGroup ? number + 1 : number;
  }

  /// `count` rows of the keys from `begin` on.
  void encode(std::span<const std::shared_ptr<arrow::Array>> keys,
              const std::vector<DataType>& types, int64_t begin, int64_t count,
              EncodedKeys& out) const {
    if (layout == Layout::kFixed) {
      out.stride = 0;
      for (const DataType& type : types) out.stride += *fixedKeyBytes(type);
      std::vector<std::shared_ptr<arrow::Array>> slices;
      for (const auto& key : keys) slices.push_back(key->Slice(begin, count));
      encodeFixedKeys(slices, types, count, out.stride, out.fixed);
      return;
    }
    std::vector<KeyColumn> columns;
    for (size_t i = 0; i < keys.size(); ++i) columns.push_back({keys[i], types[i]});
    out.bytes.clear();
    out.ends.clear();
    for (int64_t i = begin; i < begin + count; ++i) {
      KeyEncoder::encode(columns, i, out.bytes);
      out.ends.push_back(out.bytes.size());
    }
  }

  /// Calls use(first, count, keyAt) for the rows, as many at a time as keep their bytes near.
  template <class Use>
  void forEncoded(std::span<const std::shared_ptr<arrow::Array>> keys,
                  const std::vector<DataType>& types, size_t rows, EncodedKeys& out,
                  Use use) const {
    constexpr size_t kRows = 1024;
    for (size_t first = 0; first < rows; first += kRows) {
      const size_t count = std::min(kRows, rows - first);
      encode(keys, types, static_cast<int64_t>(first), static_cast<int64_t>(count), out);
      if (layout == Layout::kFixed) {
        use(first, count, [&](size_t i) { return out.fixedAt(i); });
      } else {
        use(first, count, [&](size_t i) { return out.textAt(i); });
      }
    }
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
  } else if (std::ranges::all_of(
                 types_, [](const DataType& type) { return fixedKeyBytes(type).has_value(); })) {
    index_->layout = Layout::kFixed;
  }
}

GroupTable::~GroupTable() = default;

size_t GroupTable::size() const { return index_->size; }

Status GroupTable::groupsOf(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
                            std::vector<uint32_t>& groups) {
  const auto count = static_cast<size_t>(rows);
  groups.resize(count);
  std::vector<int64_t> newRows;
  Index& index = *index_;
  index.byNumber.clear();
  const auto addGroup = [&](int64_t row) {
    newRows.push_back(row);
    return index.size++;
  };
  const auto ofNull = [&](int64_t row) {
    if (index.nullGroup == kNoGroup) index.nullGroup = addGroup(row);
    return index.nullGroup;
  };
  const auto added = [&](size_t row) { addGroup(static_cast<int64_t>(row)); };
  switch (index.layout) {
    case Layout::kNone:
      if (rows > 0) index.size = 1;
      std::ranges::fill(groups, 0);
      return Status::OK();
    case Layout::kNumber: {
      const arrow::Array& column = *keys[0];
      const bool hasNulls = column.null_count() > 0;
      withNumbers(column, [&](const auto* values) {
        for (size_t i = 0; i < count; ++i) {
          const auto row = static_cast<int64_t>(i);
          if (hasNulls && column.IsNull(row)) {
            groups[i] = ofNull(row);
            continue;
          }
          const auto [place, isNew] = index.numbers.try_emplace(values[i], index.size);
          if (isNew) addGroup(row);
          groups[i] = place->second;
        }
      });
      break;
    }
    case Layout::kText: {
      if (count == 0) return Status::OK();
      const arrow::Array& column = *keys[0];
      const Texts texts(column);
      size_t begin = 0;
      if (column.null_count() == 0 || index.nullGroup == kNoGroup) {
        while (begin < count && column.IsValid(static_cast<int64_t>(begin))) ++begin;
        index.texts.findOrAddAll(begin, texts, groups.data(), added);
        for (size_t i = 0; i < begin; ++i) groups[i] = index.groupOfText(groups[i]);
        if (begin == count) break;
        ofNull(static_cast<int64_t>(begin));
      }
      // The rest, without its nulls.
      std::vector<size_t> places;
      for (size_t i = begin; i < count; ++i) {
        groups[i] = index.nullGroup;
        if (column.IsValid(static_cast<int64_t>(i))) places.push_back(i);
      }
      std::vector<uint32_t> numbers(places.size());
      index.texts.findOrAddAll(
          places.size(), [&](size_t i) { return texts(places[i]); }, numbers.data(),
          [&](size_t i) { added(places[i]); });
      for (size_t i = 0; i < places.size(); ++i) groups[places[i]] = index.groupOfText(numbers[i]);
      break;
    }
    case Layout::kFixed:
    case Layout::kBytes:
      index.forEncoded(keys, types_, count, index.encoded,
                       [&](size_t first, size_t some, auto keyAt) {
                         index.texts.findOrAddAll(some, keyAt, groups.data() + first,
                                                  [&](size_t i) { added(first + i); });
                       });
      break;
  }
  if (newRows.empty()) return Status::OK();
  const arrow::Int64Array positions(static_cast<int64_t>(newRows.size()),
                                    arrow::Buffer::Wrap(newRows));
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto taken =
        arrow::compute::Take(*keys[i], positions, arrow::compute::TakeOptions::NoBoundsCheck());
    if (!taken.ok()) return fromArrow(taken.status());
    pieces_[i].push_back(*taken);
  }
  return Status::OK();
}

void GroupTable::prepareToFind() {
  Index& index = *index_;
  if (index.layout != Layout::kNumber || index.numbers.empty()) return;
  int64_t least = index.numbers.begin()->first;
  int64_t most = least;
  for (const auto& [number, group] : index.numbers) {
    least = std::min(least, number);
    most = std::max(most, number);
  }
  const uint64_t range = static_cast<uint64_t>(most) - static_cast<uint64_t>(least);
  if (range / 4 >= index.numbers.size()) return;
  index.least = least;
  index.byNumber.assign(range + 1, kNoGroup);
  for (const auto& [number, group] : index.numbers)
    index.byNumber[static_cast<uint64_t>(number) - static_cast<uint64_t>(least)] = group;
}

void GroupTable::find(std::span<const std::shared_ptr<arrow::Array>> keys, int64_t rows,
                      std::vector<uint32_t>& groups) const {
  const auto count = static_cast<size_t>(rows);
  groups.assign(count, kNoGroup);
  const Index& index = *index_;
  if (index.size == 0 || count == 0) return;
  switch (index.layout) {
    case Layout::kNone: std::ranges::fill(groups, 0); return;
    case Layout::kNumber: {
      const arrow::Array& column = *keys[0];
      const bool hasNulls = column.null_count() > 0;
      withNumbers(column, [&](const auto* values) {
        for (size_t i = 0; i < count; ++i) {
          if (hasNulls && column.IsNull(static_cast<int64_t>(i))) {
            groups[i] = index.nullGroup;
            continue;
          }
          if (!index.byNumber.empty()) {
            const uint64_t at =
                static_cast<uint64_t>(int64_t{values[i]}) - static_cast<uint64_t>(index.least);
            if (at < index.byNumber.size()) groups[i] = index.byNumber[at];
            continue;
          }
          const auto found = index.numbers.find(values[i]);
          if (found != index.numbers.end()) groups[i] = found->second;
        }
      });
      return;
    }
    case Layout::kText: {
      const arrow::Array& column = *keys[0];
      index.texts.findAll(count, Texts(column), groups.data());
      for (size_t i = 0; i < count; ++i)
        groups[i] =
            column.IsNull(static_cast<int64_t>(i)) ? index.nullGroup : index.groupOfText(groups[i]);
      return;
    }
    case Layout::kFixed:
    case Layout::kBytes: {
      // Tasks look up at the same time.
      EncodedKeys encoded;
      index.forEncoded(keys, types_, count, encoded, [&](size_t first, size_t some, auto keyAt) {
        index.texts.findAll(some, keyAt, groups.data() + first);
      });
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
