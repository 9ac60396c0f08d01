#include "spate/functions/SplitText.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

std::string_view constantOf(const arrow::Datum& datum) {
  if (!datum.is_scalar() || !datum.scalar()->is_valid) return {};
  if (datum.type()->id() != arrow::Type::STRING) return {};
  return std::string_view(*static_cast<const arrow::StringScalar&>(*datum.scalar()).value);
}

/// Java's \s.
bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <class T>
std::shared_ptr<arrow::Buffer> bufferOf(std::vector<T> values) {
  return arrow::Buffer::FromVector(std::move(values));
}

template <class IsSeparator>
void split(const char* text, const char* end, bool isRun, IsSeparator isSeparator,
           std::vector<int32_t>& offsets, char*& out, const char* outBegin) {
  const char* piece = text;
  while (text != end) {
    if (!isSeparator(*text)) {
      ++text;
      continue;
    }
    const size_t size = static_cast<size_t>(text - piece);
    std::memcpy(out, piece, size);
    out += size;
    offsets.push_back(static_cast<int32_t>(out - outBegin));
    ++text;
    while (isRun && text != end && isSeparator(*text)) ++text;
    piece = text;
  }
  const size_t size = static_cast<size_t>(end - piece);
  if (size > 0) std::memcpy(out, piece, size);
  out += size;
  offsets.push_back(static_cast<int32_t>(out - outBegin));
}

}  // namespace

std::optional<Result<arrow::Datum>> splitPlain(std::span<const arrow::Datum> arguments) {
  if (!arguments[0].is_array()) return std::nullopt;
  if (arguments.size() > 2) {
    const arrow::Datum& limit = arguments[2];
    if (!limit.is_scalar() || !limit.scalar()->is_valid ||
        static_cast<const arrow::Int32Scalar&>(*limit.scalar()).value > 0)
      return std::nullopt;
  }
  const std::string_view pattern = constantOf(arguments[1]);
  const bool isRun = pattern == "\\s+";
  char separator = 0;
  if (pattern.size() == 1 && static_cast<unsigned char>(pattern[0]) < 0x80 &&
      std::string_view("\\^$.|?*+()[]{}").find(pattern[0]) == std::string_view::npos) {
    separator = pattern[0];
  } else if (pattern.size() == 2 && pattern[0] == '\\' &&
             std::string_view("\\^$.|?*+()[]{},;:/-").find(pattern[1]) != std::string_view::npos) {
    separator = pattern[1];
  } else if (!isRun) {
    return std::nullopt;
  }

  const arrow::ArrayData& data = *arguments[0].array();
  const int64_t rows = data.length;
  const auto* in = rows == 0 ? nullptr : data.GetValues<int32_t>(1);
  const int64_t size = rows == 0 ? 0 : in[rows] - in[0];
  const auto array = arrow::MakeArray(arguments[0].array());
  const bool hasNulls = array->null_count() > 0;
  const char* text =
      data.buffers[2] == nullptr ? "" : reinterpret_cast<const char*>(data.buffers[2]->data());

  auto allocated = arrow::AllocateBuffer(size);
  if (!allocated.ok()) return failure(fromArrow(allocated.status()));
  std::shared_ptr<arrow::Buffer> bytes = std::move(allocated).ValueUnsafe();
  char* const begin = reinterpret_cast<char*>(bytes->mutable_data());
  char* out = begin;
  std::vector<int32_t> lists;
  std::vector<int32_t> offsets = {0};
  lists.reserve(static_cast<size_t>(rows) + 1);
  offsets.reserve(static_cast<size_t>(size / 5 + rows) + 1);
  for (int64_t i = 0; i < rows; ++i) {
    lists.push_back(static_cast<int32_t>(offsets.size() - 1));
    if (hasNulls && array->IsNull(i)) continue;
    const char* from = text + in[i];
    const char* to = text + in[i + 1];
    if (isRun) {
      split(from, to, true, isSpace, offsets, out, begin);
    } else {
      split(
          from, to, false, [separator](char c) { return c == separator; }, offsets, out, begin);
    }
  }
  lists.push_back(static_cast<int32_t>(offsets.size() - 1));

  const auto pieces = static_cast<int64_t>(offsets.size()) - 1;
  auto texts = arrow::ArrayData::Make(arrow::utf8(), pieces,
                                      {nullptr, bufferOf(std::move(offsets)), std::move(bytes)}, 0);
  std::shared_ptr<arrow::Buffer> validity;
  if (hasNulls) {
    auto copied = arrow::internal::CopyBitmap(arrow::default_memory_pool(), data.buffers[0]->data(),
                                              data.offset, rows);
    if (!copied.ok()) return failure(fromArrow(copied.status()));
    validity = std::move(copied).ValueUnsafe();
  }
  auto result =
      arrow::ArrayData::Make(arrow::list(arrow::field("element", arrow::utf8(), false)), rows,
                             {std::move(validity), bufferOf(std::move(lists))}, {std::move(texts)});
  return arrow::Datum(std::move(result));
}

}  // namespace spate
