#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <memory>

#include "spate/connect/WireRows.h"

namespace spate::connect {
namespace {

std::shared_ptr<arrow::RecordBatch> numbers(int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(i).ok());
  const auto schema = arrow::schema({arrow::field("id", arrow::int64())});
  return arrow::RecordBatch::Make(schema, count, {builder.Finish().ValueOrDie()});
}

std::shared_ptr<arrow::Table> read(const WireBatch& batch) {
  return readIpcStream(arrow::Buffer::FromString(batch.bytes)).value();
}

TEST(WireRows, largeBatchIsCutAndNoRowIsLost) {
  const auto batch = numbers(1000);
  const WireRows wire(batch->schema(), "UTC", 1000);
  const auto parts = wire.encode(batch).value();
  EXPECT_GE(parts.size(), 8U);
  int64_t next = 0;
  for (const WireBatch& part : parts) {
    const auto table = read(part);
    ASSERT_EQ(table->num_rows(), part.rows);
    const auto& column = static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0));
    for (int64_t i = 0; i < part.rows; ++i) EXPECT_EQ(column.Value(i), next++);
  }
  EXPECT_EQ(next, 1000);
}

TEST(WireRows, equalNamesInAStructAreNumbered) {
  const auto inner =
      arrow::struct_({arrow::field("x", arrow::int64()), arrow::field("y", arrow::int64()),
                      arrow::field("x", arrow::utf8())});
  const auto schema = arrow::schema({arrow::field("s", arrow::list(inner))});
  const auto table = read(WireRows(schema, "UTC").empty().value());
  const auto& sent = *table->schema()->field(0)->type()->field(0)->type();
  EXPECT_EQ(sent.field(0)->name(), "x_0");
  EXPECT_EQ(sent.field(1)->name(), "y");
  EXPECT_EQ(sent.field(2)->name(), "x_1");
}

TEST(WireRows, batchWithoutRowsIsLeftOutAndMadeOnlyForAWholeResult) {
  const auto batch = numbers(0);
  const WireRows wire(batch->schema(), "UTC");
  EXPECT_TRUE(wire.encode(batch)->empty());
  const WireBatch empty = wire.empty().value();
  EXPECT_EQ(empty.rows, 0);
  EXPECT_EQ(read(empty)->num_columns(), 1);
}

TEST(WireRows, timestampsAreInTheTimeZoneOfTheSessionAtAnyDepth) {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto ntz = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto schema =
      arrow::schema({arrow::field("at", utc), arrow::field("plain", ntz),
                     arrow::field("deep", arrow::list(arrow::struct_({arrow::field("in", utc)}))),
                     arrow::field("map", arrow::map(arrow::utf8(), utc))});
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) {
    columns.push_back(arrow::MakeArrayOfNull(field->type(), 2).ValueOrDie());
  }
  const auto batch = arrow::RecordBatch::Make(schema, 2, columns);
  const auto parts = WireRows(schema, "Europe/Berlin").encode(batch).value();
  ASSERT_EQ(parts.size(), 1U);
  const auto zoned = arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin");
  const auto table = read(parts[0]);
  EXPECT_TRUE(table->schema()->field(0)->type()->Equals(*zoned));
  EXPECT_TRUE(table->schema()->field(1)->type()->Equals(*ntz));
  EXPECT_TRUE(table->schema()->field(2)->type()->Equals(
      *arrow::list(arrow::struct_({arrow::field("in", zoned)}))));
  EXPECT_TRUE(table->schema()->field(3)->type()->Equals(*arrow::map(arrow::utf8(), zoned)));
}

TEST(WireRows, batchOfAnotherWidthIsAnError) {
  const WireRows wire(arrow::schema({}), "UTC");
  EXPECT_FALSE(wire.encode(numbers(1)).has_value());
}

TEST(WireRows, bytesThatAreNoStreamAreAnError) {
  const WireBatch whole = WireRows(numbers(3)->schema(), "UTC").encode(numbers(3))->front();
  for (size_t cut = 0; cut < whole.bytes.size() - 16; cut += 3) {
    std::string bytes = whole.bytes.substr(0, cut);
    const auto table = readIpcStream(arrow::Buffer::FromString(bytes));
    if (table.has_value()) {
      EXPECT_EQ((*table)->num_rows(), 0) << cut;
    }
  }
  EXPECT_FALSE(readIpcStream(arrow::Buffer::FromString("no arrow")).has_value());
}

TEST(WireRows, tableComesBack) {
  const auto table = arrow::Table::FromRecordBatches({numbers(3), numbers(2)}).ValueOrDie();
  const std::string bytes = writeIpcStream(*table).value();
  EXPECT_TRUE(readIpcStream(arrow::Buffer::FromString(bytes)).value()->Equals(*table));
}

}  // namespace
}  // namespace spate::connect
