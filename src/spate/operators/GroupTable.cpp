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
#include <variant>

#include "spate/operators/KeyIndex.h"
#include "spate/operators/KeyWords.h"
#include "spate/types/ArrowStatus.h"
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

enum class Layout { kNone, kNumber, kText, kWords, kBytes };

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

/// Keys of rows as bytes.
struct EncodedKeys {
  std::string bytes;
  std::vector<size_t> ends;

  void encode(std::span<const KeyColumn> columns, int64_t begin, int64_t count) {
    bytes.clear();
    ends.clear();
    for (int64_t row = begin; row < begin + count; ++row) {
      KeyEncoder::encode(columns, row, bytes);
      ends.push_back(bytes.size());
    }
  }
  std::string_view at(size_t row) const {
    const size_t begin = row == 0 ? 0 : ends[row - 1];
    return std::string_view(bytes).substr(begin, ends[row] - begin);
  }
};

/// How many keys are encoded at a time, so that their bytes stay near.
constexpr size_t kRowsAtOnce = 512;

/// Calls use(first, count) for parts of the rows.
template <class Use>
void forParts(size_t rows, Use use) {
  for (size_t first = 0; first < rows; first += kRowsAtOnce)
    use(first, std::min(kRowsAtOnce, rows - first));
}

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

/// By the words of a key. A struct of two and a number are four, two numbers three.
using WordIndex = std::variant<KeyIndex<WordKeyStore<2>>, KeyIndex<WordKeyStore<3>>,
                               KeyIndex<WordKeyStore<4>>, KeyIndex<WordKeyStore<0>>>;

WordIndex makeWordIndex(size_t words) {
  switch (words) {
    case 2: return KeyIndex<WordKeyStore<2>>();
    case 3: return KeyIndex<WordKeyStore<3>>();
    case 4: return KeyIndex<WordKeyStore<4>>();
    default: return KeyIndex(WordKeyStore<0>(words));
  }
}

}  // namespace

struct GroupTable::Index {
  Layout layout = Layout::kBytes;
  uint32_t size = 0;
  uint32_t nullGroup = kNoGroup;
  boost::unordered_flat_map<int64_t, uint32_t, NumberHash> numbers;
  /// The groups of the numbers from `least` on, where these lie close together; else empty.
  std::vector<uint32_t> byNumber;
  int64_t least = 0;
  KeyIndex<TextKeyStore> texts;
  std::optional<KeyWords> keyWords;
  WordIndex words;

  /// The null among the texts has a group, but no number in their index.
  uint32_t groupOfText(uint32_t number) const {
    return number != kNoGroup && number >= nullGroup ? number + 1 : number;
  }

  /// Calls use(first, count, keyAt) for parts of the rows, with their keys as words.
  template <class Use>
  void forWords(std::span<const std::shared_ptr<arrow::Array>> keys, size_t rows, Use use) const {
    std::vector<uint64_t> encoded;
    const size_t stride = keyWords->words();
    forParts(rows, [&](size_t first, size_t count) {
      keyWords->encode(keys, static_cast<int64_t>(first), static_cast<int64_t>(count), encoded);
      use(first, count, [&](size_t i) { return encoded.data() + i * stride; });
    });
  }

  /// The same as bytes.
  template <class Use>
  static void forBytes(std::span<const std::shared_ptr<arrow::Array>> keys,
                       const std::vector<DataType>& types, size_t rows, Use use) {
    std::vector<KeyColumn> columns;
    for (size_t i = 0; i < keys.size(); ++i) columns.push_back({keys[i], types[i]});
    EncodedKeys encoded;
    forParts(rows, [&](size_t first, size_t count) {
      encoded.encode(columns, static_cast<int64_t>(first), static_cast<int64_t>(count));
      use(first, count, [&](size_t i) { return encoded.at(i); });
    });
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
  } else if ((index_->keyWords = KeyWords::of(types_))) {
    index_->layout = Layout::kWords;
    index_->words = makeWordIndex(index_->keyWords->words());
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
    case Layout::kWords:
      std::visit(
          [&](auto& words) {
            index.forWords(keys, count, [&](size_t first, size_t some, auto keyAt) {
              words.findOrAddAll(some, keyAt, groups.data() + first,
                                 [&](size_t i) { added(first + i); });
            });
          },
          index.words);
      break;
    case Layout::kBytes:
      Index::forBytes(keys, types_, count, [&](size_t first, size_t some, auto keyAt) {
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
    case Layout::kWords:
      std::visit(
          [&](const auto& words) {
            index.forWords(keys, count, [&](size_t first, size_t some, auto keyAt) {
              words.findAll(some, keyAt, groups.data() + first);
            });
          },
          index.words);
      return;
    case Layout::kBytes:
      Index::forBytes(keys, types_, count, [&](size_t first, size_t some, auto keyAt) {
        index.texts.findAll(some, keyAt, groups.data() + first);
      });
      return;
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
