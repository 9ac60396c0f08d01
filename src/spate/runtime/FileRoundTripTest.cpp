#include <arrow/record_batch.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "spate/runtime/FileSourceLog.h"
#include "spate/sinks/BatchFileWrite.h"
#include "spate/sinks/SinkRegistry.h"
#include "spate/sources/files/FileScan.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/DataTypeDdl.h"

namespace spate {
namespace {

OptionMap optionsOf(std::initializer_list<std::pair<const std::string, std::string>> options) {
  return OptionMap(std::map<std::string, std::string>(options));
}

/// What the sinks write, the sources read: the one place that sees both.
class FileRoundTripTest : public ::testing::TestWithParam<const char*> {
 protected:
  FileRoundTripTest() {
    std::string name = (std::filesystem::temp_directory_path() / "spate-trip-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~FileRoundTripTest() override { std::filesystem::remove_all(directory_); }

  static std::shared_ptr<arrow::RecordBatch> batchOf(const DataType& schema,
                                                     const std::vector<Row>& rows) {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t i = 0; i < schema.fields().size(); ++i) {
      std::vector<Datum> values;
      for (const Row& row : rows) values.push_back(row[i]);
      columns.push_back(*columnOf(values, schema.fields()[i].type));
    }
    return arrow::RecordBatch::Make(*toArrowSchema(schema), static_cast<int64_t>(rows.size()),
                                    columns);
  }
  std::shared_ptr<arrow::RecordBatchReader> reader(const std::shared_ptr<arrow::RecordBatch>& b) {
    return *arrow::RecordBatchReader::Make({b}, b->schema());
  }
  Result<std::vector<Row>> read(const FileScan& scan, const DataType& columns) {
    std::vector<Row> rows;
    SPATE_ASSIGN_OR_FAIL(const auto tasks, planFileTasks(scan));
    for (const auto& parts : tasks) {
      SPATE_ASSIGN_OR_FAIL(const auto part, openFiles(scan, parts, columns));
      while (true) {
        std::shared_ptr<arrow::RecordBatch> batch;
        const arrow::Status status = part->ReadNext(&batch);
        if (!status.ok()) return failure(fromArrow(status));
        if (batch == nullptr) break;
        EXPECT_TRUE(batch->ValidateFull().ok()) << batch->ValidateFull().ToString();
        for (int64_t i = 0; i < batch->num_rows(); ++i) {
          Row row;
          for (size_t c = 0; c < columns.fields().size(); ++c)
            row.push_back(
                valueAt(*batch->column(static_cast<int>(c)), i, columns.fields()[c].type));
          rows.push_back(std::move(row));
        }
      }
    }
    return rows;
  }
  Result<FileScan> scan(const std::string& format, const OptionMap& options = {},
                        const std::optional<DataType>& schema = {}) {
    return scanFiles(*FileSystem::local(), format, {directory_ + "/out"}, options, schema, {});
  }

  std::string directory_;
};

TEST_P(FileRoundTripTest, rowsComeBackAsTheyWere) {
  const std::string format = GetParam();
  std::string ddl =
      "b boolean, i int, l bigint, f float, d double, m decimal(20,3), s string, day date, "
      "t timestamp";
  std::vector<Row> rows = {
      {true, 1, int64_t{1} << 40, 1.5F, 0.1, Decimal{-1234567}, "x", int32_t{18263},
       int64_t{1577934245678000}},
      {Datum(), Datum(), Datum(), Datum(), Datum(), Datum(), Datum(), Datum(), Datum()}};
  if (format != "csv") {
    ddl += ", a array<int>, st struct<x:int,y:string>, mp map<string,int>, bin binary";
    rows[0].insert(rows[0].end(), {Row{1, Datum()}, Row{2, "y"}, MapValue{{"k"}, {3}}, "a\xff"});
    rows[1].insert(rows[1].end(), {Datum(), Datum(), Datum(), Datum()});
  }
  OutputLayout layout;
  layout.directory = directory_ + "/out";
  layout.format = format;
  layout.schema = *schemaFromDdl(ddl);
  auto write = *BatchFileWrite::make(layout, SaveMode::kErrorIfExists, FileSystem::local());
  const auto result = write->write(0, *reader(batchOf(layout.schema, rows)));
  ASSERT_TRUE(result.has_value()) << result.error().toString();
  ASSERT_TRUE(write->commit({*result}).ok());

  const bool isTyped = format == "parquet" || format == "orc";
  const auto scanned = scan(format, {}, isTyped ? std::nullopt : std::optional(layout.schema));
  ASSERT_TRUE(scanned.has_value()) << scanned.error().toString();
  if (isTyped) {
    EXPECT_EQ(scanned->schema().sql(), layout.schema.sql());
  }
  const auto back = read(*scanned, scanned->schema());
  ASSERT_TRUE(back.has_value()) << back.error().toString();
  EXPECT_EQ(*back, rows);
  // Some columns only, in another order; and none.
  const DataType some =
      DataType::structOf({*scanned->schema().findField("s"), *scanned->schema().findField("i")});
  EXPECT_EQ(*read(*scanned, some), (std::vector<Row>{{"x", 1}, {Datum(), Datum()}}));
  EXPECT_EQ(read(*scanned, DataType::structOf({}))->size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Formats, FileRoundTripTest,
                         ::testing::Values("parquet", "orc", "json", "csv"));

TEST_F(FileRoundTripTest, aStreamsDirectoryIsReadThroughItsLog) {
  SinkDefinition definition;
  definition.format = "parquet";
  definition.path = directory_ + "/out";
  definition.schema = *schemaFromDdl("a int, k string");
  definition.partitionColumns = {"k"};
  SinkEnvironment environment;
  environment.openSinkFiles = [](const std::string& directory) {
    CompactibleFileStreamLogOptions options;
    options.log.directory = directory;
    return FileSinkLog::open(std::move(options), Clock::system());
  };
  const auto sink = makeSink(definition, environment);
  ASSERT_TRUE(sink.has_value()) << sink.error().toString();
  for (int64_t batch = 0; batch < 11; ++batch) {
    const auto rows = batchOf(definition.schema, {{static_cast<int32_t>(batch), "x"}});
    ASSERT_TRUE((*sink)->write({batch}, 0, *reader(rows)).has_value());  // an attempt that fails
    const auto result = *(*sink)->write({batch}, 0, *reader(rows));
    ASSERT_TRUE((*sink)->commit({batch}, {result}).ok());
  }
  EXPECT_TRUE(std::filesystem::exists(directory_ + "/out/_spark_metadata/9.compact"));
  const auto scanned = scan("parquet");
  ASSERT_TRUE(scanned.has_value()) << scanned.error().toString();
  const auto back = *read(*scanned, scanned->schema());
  ASSERT_EQ(back.size(), 11U);
  for (size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i], (Row{static_cast<int32_t>(i), "x"}));
}

TEST_F(FileRoundTripTest, filesThatAreNoParquetAreSparksErrors) {
  const auto files = FileSystem::local();
  ASSERT_TRUE(files->writeAtomically(directory_ + "/out/a.parquet", "this is no parquet").ok());
  EXPECT_EQ(scan("parquet").error().errorClass(), "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
  const DataType schema = *schemaFromDdl("a int");
  EXPECT_EQ(read(*scan("parquet", {}, schema), schema).error().errorClass(),
            "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
  EXPECT_TRUE(
      read(*scan("parquet", optionsOf({{"ignoreCorruptFiles", "true"}}), schema), schema)->empty());
  EXPECT_EQ(read(*scan("orc", {}, schema), schema).error().errorClass(),
            "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
}

TEST_F(FileRoundTripTest, numbersAreWidenedAndOtherTypesRefused) {
  OutputLayout layout;
  layout.directory = directory_ + "/out";
  layout.format = "parquet";
  layout.schema = *schemaFromDdl("a int, s string");
  auto write = *BatchFileWrite::make(layout, SaveMode::kAppend, FileSystem::local());
  ASSERT_TRUE(write->commit({*write->write(0, *reader(batchOf(layout.schema, {{1, "x"}})))}).ok());
  const DataType wide = *schemaFromDdl("A bigint, missing string");
  EXPECT_EQ(*read(*scan("parquet", {}, wide), wide), (std::vector<Row>{{int64_t{1}, Datum()}}));
  const DataType other = *schemaFromDdl("s int");
  EXPECT_EQ(read(*scan("parquet", {}, other), other).error().errorClass(),
            "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH");
}

}  // namespace
}  // namespace spate
