#include "spate/types/Columns.h"

#include <arrow/array/array_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <arrow/result.h>
#include <arrow/scalar.h>
#include <arrow/util/bitmap_ops.h>

namespace spate {

std::shared_ptr<arrow::ArrayData> arrayDataOf(const arrow::Datum& value) {
  if (value.is_array()) return value.array();
  // One value of a type that has arrays: only memory could fail.
  return arrow::MakeArrayFromScalar(*value.scalar(), 1).ValueOrDie()->data();
}

bool allScalars(std::span<const arrow::Datum> arguments) {
  for (const arrow::Datum& argument : arguments) {
    if (!argument.is_scalar()) return false;
  }
  return !arguments.empty();
}

arrow::Datum nullScalar(const std::shared_ptr<arrow::DataType>& type) {
  return arrow::Datum(arrow::MakeNullScalar(type));
}

Status Validity::setNull(int64_t row, int64_t rows) {
  if (bitmap == nullptr) {
    auto allocated = arrow::AllocateBitmap(rows);
    if (!allocated.ok()) return fromArrow(allocated.status());
    bitmap = std::move(allocated).MoveValueUnsafe();
    std::memset(bitmap->mutable_data(), 0xff, static_cast<size_t>(bitmap->size()));
  }
  // The bitmap may be that of an argument, but then it was copied (commonValidity).
  arrow::bit_util::ClearBit(bitmap->mutable_data(), row);
  return {};
}

Result<Validity> commonValidity(std::span<const arrow::Datum> arguments, int64_t rows) {
  Validity validity;
  for (const arrow::Datum& argument : arguments) {
    if (argument.is_scalar()) {
      if (argument.scalar()->is_valid) continue;
      return Validity{nullptr, true};
    }
    const arrow::ArrayData& data = *argument.array();
    if (data.type->id() == arrow::Type::NA) return Validity{nullptr, true};
    if (data.GetNullCount() == 0) continue;
    arrow::MemoryPool* pool = arrow::default_memory_pool();
    if (validity.bitmap == nullptr) {
      SPATE_ASSIGN_OR_FAIL_ARROW(
          validity.bitmap,
          arrow::internal::CopyBitmap(pool, data.buffers[0]->data(), data.offset, rows));
    } else {
      arrow::internal::BitmapAnd(validity.bitmap->data(), 0, data.buffers[0]->data(), data.offset,
                                 rows, 0, validity.bitmap->mutable_data());
    }
  }
  return validity;
}

Result<std::shared_ptr<arrow::Buffer>> allocateValues(int64_t bytes) {
  SPATE_ASSIGN_OR_FAIL_ARROW(auto buffer, arrow::AllocateBuffer(bytes));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<std::shared_ptr<arrow::Buffer>> packBits(const uint8_t* bytes, int64_t rows) {
  SPATE_ASSIGN_OR_FAIL_ARROW(auto buffer, arrow::AllocateBitmap(rows));
  uint8_t* out = buffer->mutable_data();
  int64_t i = 0;
  for (; i + 8 <= rows; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, bytes + i, 8);
    // Each byte is 0 or 1: the product gathers them in the highest byte.
    *out++ = static_cast<uint8_t>((eight * 0x0102040810204080ULL) >> 56);
  }
  if (i < rows) {
    uint8_t last = 0;
    for (int bit = 0; i < rows; ++i, ++bit) last = static_cast<uint8_t>(last | (bytes[i] << bit));
    *out = last;
  }
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

std::shared_ptr<arrow::Array> makeFixedArray(const std::shared_ptr<arrow::DataType>& type,
                                             int64_t rows, Validity validity,
                                             std::shared_ptr<arrow::Buffer> values) {
  const int64_t nulls = validity.bitmap == nullptr ? 0 : arrow::kUnknownNullCount;
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, rows, {std::move(validity.bitmap), std::move(values)}, nulls));
}

TextWriter::TextWriter() : builder_(std::make_unique<arrow::BinaryBuilder>()) {}
TextWriter::~TextWriter() = default;

Status TextWriter::reserve(int64_t rows, int64_t bytes) {
  const arrow::Status reserved = builder_->Reserve(rows);
  if (!reserved.ok()) return fromArrow(reserved);
  const arrow::Status characters = builder_->ReserveData(bytes);
  return characters.ok() ? Status() : fromArrow(characters);
}

Status TextWriter::append(std::string_view text) {
  const arrow::Status appended = builder_->Append(text);
  return appended.ok() ? Status() : fromArrow(appended);
}

Status TextWriter::appendNull() {
  const arrow::Status appended = builder_->AppendNull();
  return appended.ok() ? Status() : fromArrow(appended);
}

Result<std::shared_ptr<arrow::Array>> TextWriter::finish(
    const std::shared_ptr<arrow::DataType>& type) {
  std::shared_ptr<arrow::ArrayData> data;
  SPATE_FAIL_IF_ARROW_ERROR(builder_->FinishInternal(&data));
  data->type = type;
  return arrow::MakeArray(data);
}

}  // namespace spate
