#include "spate/connect/WireRows.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

#include "spate/connect/FieldNames.h"
#include "spate/connect/TimeZoneColumns.h"
#include "spate/types/ArrowStatus.h"

namespace spate::connect {
namespace {

/// An Arrow IPC stream of the rows: what `write(writer)` puts into it between its schema and its
/// end.
template <class Write>
Result<std::string> ipcStream(const std::shared_ptr<arrow::Schema>& schema, Write write) {
  const auto stream = [&]() -> arrow::Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::BufferOutputStream::Create());
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(out, schema));
    ARROW_RETURN_NOT_OK(write(*writer));
    ARROW_RETURN_NOT_OK(writer->Close());
    ARROW_ASSIGN_OR_RAISE(const auto buffer, out->Finish());
    return buffer->ToString();
  };
  auto bytes = stream();
  if (!bytes.ok()) return failure(fromArrow(bytes.status()));
  return std::move(bytes).ValueUnsafe();
}

Result<std::string> serialize(const arrow::RecordBatch& batch) {
  return ipcStream(batch.schema(), [&](arrow::ipc::RecordBatchWriter& writer) {
    return writer.WriteRecordBatch(batch);
  });
}

}  // namespace

WireRows::WireRows(std::shared_ptr<arrow::Schema> schema, const std::string& timeZone,
                   int64_t maxBytes)
    : maxBytes_(maxBytes) {
  const auto zoned = inTimeZone(*schema, timeZone);
  arrow::FieldVector fields;
  for (const auto& field : zoned->fields()) fields.push_back(withDifferentNames(field));
  schema_ = arrow::schema(std::move(fields), schema->metadata());
}

Result<std::vector<WireBatch>> WireRows::encode(
    const std::shared_ptr<arrow::RecordBatch>& batch) const {
  if (batch->num_columns() != schema_->num_fields()) {
    return failure(Status::internal("A batch of a result has " +
                                    std::to_string(batch->num_columns()) + " columns instead of " +
                                    std::to_string(schema_->num_fields())));
  }
  const auto typed = withSchema(*batch, schema_);
  auto size = arrow::util::ReferencedBufferSize(*typed);
  const int64_t total = size.ok() ? *size : arrow::util::TotalBufferSize(*typed);
  const int64_t parts = std::max<int64_t>(1, (total + maxBytes_ - 1) / maxBytes_);
  const int64_t step = std::max<int64_t>(1, (typed->num_rows() + parts - 1) / parts);

  std::vector<WireBatch> batches;
  for (int64_t begin = 0; begin < typed->num_rows(); begin += step) {
    const auto slice = typed->Slice(begin, step);
    SPATE_ASSIGN_OR_FAIL(std::string bytes, serialize(*slice));
    batches.push_back({slice->num_rows(), std::move(bytes)});
  }
  return batches;
}

Result<WireBatch> WireRows::empty() const {
  auto batch = arrow::RecordBatch::MakeEmpty(schema_);
  if (!batch.ok()) return failure(fromArrow(batch.status()));
  SPATE_ASSIGN_OR_FAIL(std::string bytes, serialize(**batch));
  return WireBatch{0, std::move(bytes)};
}

Result<std::shared_ptr<arrow::Table>> readIpcStream(const std::shared_ptr<arrow::Buffer>& bytes) {
  const auto read = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    auto input = std::make_shared<arrow::io::BufferReader>(bytes);
    ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(input));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->ToTable());
    ARROW_RETURN_NOT_OK(table->ValidateFull());
    return table;
  };
  auto table = read();
  if (table.ok()) return std::move(table).ValueUnsafe();
  return failure(
      Status::invalidArgument("The rows that came with the plan are no sound Arrow IPC "
                              "stream: " +
                              table.status().message()));
}

Result<std::string> writeIpcStream(const arrow::Table& table) {
  return ipcStream(table.schema(),
                   [&](arrow::ipc::RecordBatchWriter& writer) { return writer.WriteTable(table); });
}

}  // namespace spate::connect
