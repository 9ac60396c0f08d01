#include "spate/operators/StateRows.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/type.h>

#include <cstring>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

int64_t longAt(std::string_view bytes, size_t at) {
  int64_t value = 0;
  if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool isNullAt(std::string_view row, size_t field) {
  const auto word = static_cast<uint64_t>(longAt(row, field / 64 * 8));
  return (word >> (field % 64) & 1) != 0;
}

size_t bitsetBytes(size_t fields) { return (fields + 63) / 64 * 8; }

/// Types whose value stands in the slot as it is.
bool isLongSlot(const DataType& type) {
  return type.is(TypeKind::kLong) || type.is(TypeKind::kTimestamp) ||
         type.is(TypeKind::kTimestampNtz) || type.is(TypeKind::kDayTimeInterval);
}

}  // namespace

Result<StateRows> StateRows::make(std::vector<StructField> fields) {
  SPATE_ASSIGN_OR_FAIL(auto codec, UnsafeRowCodec::make(DataType::structOf(std::move(fields))));
  return StateRows(std::move(codec));
}

StateRows::StateRows(UnsafeRowCodec codec) : codec_(std::move(codec)) {
  for (const StructField& field : type().fields())
    isPlain_ = isPlain_ && (isLongSlot(field.type) || field.type.is(TypeKind::kString));
}

Status StateRows::encodeAny(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                            std::string& out) const {
  const auto& fields = type().fields();
  Row values;
  values.reserve(fields.size());
  for (size_t i = 0; i < fields.size(); ++i)
    values.push_back(valueAt(*columns[i], row, fields[i].type));
  return codec_.encode(values, out);
}

void StateRows::encodePlain(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                            std::string& out) const {
  const auto& fields = type().fields();
  const size_t start = out.size();
  const size_t bitset = bitsetBytes(fields.size());
  out.resize(start + bitset + 8 * fields.size(), '\0');
  for (size_t i = 0; i < fields.size(); ++i) {
    if (columns[i]->IsNull(row)) {
      out[start + i / 8] = static_cast<char>(out[start + i / 8] | 1 << (i % 8));
      continue;
    }
    uint64_t slot = 0;
    if (isLongSlot(fields[i].type)) {
      slot = static_cast<uint64_t>(columns[i]->data()->GetValues<int64_t>(1)[row]);
    } else {
      const auto text = static_cast<const arrow::BinaryArray&>(*columns[i]).GetView(row);
      slot = static_cast<uint64_t>(out.size() - start) << 32 | text.size();
      out.append(text);
      out.append((8 - text.size() % 8) % 8, '\0');
    }
    std::memcpy(out.data() + start + bitset + 8 * i, &slot, sizeof slot);
  }
}

Status StateRows::encode(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t row,
                         std::string& out) const {
  if (!isPlain_) return encodeAny(columns, row, out);
  encodePlain(columns, row, out);
  return Status::OK();
}

Status StateRows::encodeAll(std::span<const std::shared_ptr<arrow::Array>> columns, int64_t begin,
                            int64_t count, EncodedRows& out) const {
  out.bytes_.clear();
  out.ends_.clear();
  for (int64_t row = begin; row < begin + count; ++row) {
    if (isPlain_) {
      encodePlain(columns, row, out.bytes_);
    } else {
      SPATE_RETURN_IF_ERROR(encodeAny(columns, row, out.bytes_));
    }
    out.ends_.push_back(out.bytes_.size());
  }
  // Only now do the bytes stand still.
  out.views_.clear();
  size_t at = 0;
  for (const size_t end : out.ends_) {
    out.views_.push_back(std::string_view(out.bytes_).substr(at, end - at));
    at = end;
  }
  return Status::OK();
}

Result<std::vector<std::shared_ptr<arrow::Array>>> StateRows::decode(
    std::span<const std::string_view> rows) const {
  const auto& fields = type().fields();
  const size_t bitset = bitsetBytes(fields.size());
  std::vector<std::shared_ptr<arrow::Array>> columns(fields.size());
  std::vector<size_t> others;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!isLongSlot(fields[i].type)) {
      others.push_back(i);
      continue;
    }
    arrow::Int64Builder builder;
    SPATE_FAIL_IF_ERROR(fromArrow(builder.Reserve(static_cast<int64_t>(rows.size()))));
    for (const std::string_view row : rows) {
      if (row.size() < bitset + 8 * fields.size())
        return failure(Status::corrupt("a state row of " + std::to_string(row.size()) + " bytes"));
      if (isNullAt(row, i)) {
        builder.UnsafeAppendNull();
      } else {
        builder.UnsafeAppend(longAt(row, bitset + 8 * i));
      }
    }
    std::shared_ptr<arrow::Array> longs;
    SPATE_FAIL_IF_ERROR(fromArrow(builder.Finish(&longs)));
    SPATE_ASSIGN_OR_FAIL(const auto empty, columnOf({}, fields[i].type));
    auto data = longs->data()->Copy();
    data->type = empty->type();
    columns[i] = arrow::MakeArray(std::move(data));
  }
  if (others.empty()) return columns;
  std::vector<std::vector<Datum>> values(others.size());
  for (const std::string_view row : rows) {
    SPATE_ASSIGN_OR_FAIL(Row decoded, codec_.decode(row));
    for (size_t i = 0; i < others.size(); ++i) values[i].push_back(std::move(decoded[others[i]]));
  }
  for (size_t i = 0; i < others.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(columns[others[i]], columnOf(values[i], fields[others[i]].type));
  }
  return columns;
}

std::optional<int64_t> eventTimeAt(const arrow::Array& column, const DataType& type, int64_t row) {
  if (column.IsNull(row)) return std::nullopt;
  if (!type.is(TypeKind::kStruct)) return column.data()->GetValues<int64_t>(1)[row];
  const auto end = static_cast<const arrow::StructArray&>(column).field(1);
  if (end->IsNull(row)) return std::nullopt;
  return end->data()->GetValues<int64_t>(1)[row];
}

std::optional<int64_t> eventTimeInRow(std::string_view row, size_t fields, size_t field,
                                      const DataType& type) {
  if (isNullAt(row, field)) return std::nullopt;
  const int64_t slot = longAt(row, bitsetBytes(fields) + 8 * field);
  if (!type.is(TypeKind::kStruct)) return slot;
  const auto offset = static_cast<size_t>(static_cast<uint64_t>(slot) >> 32);
  if (offset >= row.size()) return std::nullopt;
  const std::string_view window = row.substr(offset);
  if (isNullAt(window, 1)) return std::nullopt;
  return longAt(window, 16);
}

}  // namespace spate
