#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "spate/sinks/BatchFileWrite.h"
#include "spate/sinks/FileSink.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/DataTypeDdl.h"

namespace spate {
namespace {

OptionMap optionsOf(std::initializer_list<std::pair<const std::string, std::string>> options) {
  return OptionMap(std::map<std::string, std::string>(options));
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

/// A log that a test can look into.
class MemoryLog final : public SinkFilesLog {
 public:
  Status add(BatchId batch, const std::vector<std::string>& entries) override {
    if (failure) return Status::ioError("no log today");
    batches[batch] = entries;
    return Status::OK();
  }
  BatchId latest() const override {
    return batches.empty() ? BatchId{-1} : batches.rbegin()->first;
  }
  std::map<BatchId, std::vector<std::string>> batches;
  bool failure = false;
};

class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() {
    std::string name = (std::filesystem::temp_directory_path() / "spate-sink-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    layout_.directory = directory_ + "/out";
    layout_.format = "json";
    setRows("a int, s string", {{1, "x"}, {2, Datum()}, {3, "z,\"q\""}});
  }
  ~FileSinkTest() override { std::filesystem::remove_all(directory_); }

  void setRows(const std::string& ddl, const std::vector<Row>& rows) {
    layout_.schema = *schemaFromDdl(ddl);
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t i = 0; i < layout_.schema.fields().size(); ++i) {
      std::vector<Datum> values;
      for (const Row& row : rows) values.push_back(row[i]);
      columns.push_back(*columnOf(values, layout_.schema.fields()[i].type));
    }
    batch_ = arrow::RecordBatch::Make(*toArrowSchema(layout_.schema),
                                      static_cast<int64_t>(rows.size()), columns);
  }
  std::shared_ptr<arrow::RecordBatchReader> reader() const {
    return *arrow::RecordBatchReader::Make({batch_}, batch_->schema());
  }
  std::unique_ptr<FileSink> sink() {
    auto made = FileSink::make(layout_, log_, FileSystem::local());
    EXPECT_TRUE(made.has_value()) << made.error().toString();
    return std::move(*made);
  }
  /// Writes one partition and reads what is in its only file.
  std::string written(const std::string& format, const OptionMap& options = {}) {
    layout_.format = format;
    layout_.options = options;
    std::filesystem::remove_all(layout_.directory);
    int64_t rows = 0;
    const auto files = writeTask(layout_, 0, "u", *reader(), rows);
    if (!files) return files.error().toString();
    std::ifstream file(layout_.directory + "/" + files->front().name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    if (!std::filesystem::exists(layout_.directory)) return result;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(layout_.directory))
      if (entry.is_regular_file())
        result.push_back(std::filesystem::relative(entry.path(), layout_.directory).string());
    std::sort(result.begin(), result.end());
    return result;
  }

  std::string directory_;
  OutputLayout layout_;
  std::shared_ptr<MemoryLog> log_ = std::make_shared<MemoryLog>();
  std::shared_ptr<arrow::RecordBatch> batch_;
};

TEST_F(FileSinkTest, csvIsQuotedWhereItMustBe) {
  EXPECT_EQ(written("csv"), "1,x\n2,\n3,\"z,\\\"q\\\"\"\n");
  EXPECT_EQ(written("csv", optionsOf({{"header", "true"},
                                      {"sep", ";"},
                                      {"nullValue", "-"},
                                      {"quoteAll", "true"},
                                      {"lineSep", "|"}})),
            "\"a\";\"s\"|\"1\";\"x\"|\"2\";-|\"3\";\"z,\\\"q\\\"\"|");
  setRows("s string", {{" a "}, {""}, {Datum()}});
  EXPECT_EQ(written("csv"), "a\n\"\"\n\n");
}

TEST_F(FileSinkTest, jsonLeavesNullsOutUnlessTold) {
  setRows("t timestamp, d date, m map<string,int>, l array<struct<b:double>>, n decimal(4,2)",
          {{int64_t{1577934245678000}, int32_t{18263}, MapValue{{"k\n"}, {1}},
            Row{Row{1.5}, Row{Datum()}}, Datum()}});
  EXPECT_EQ(written("json"),
            "{\"t\":\"2020-01-02T03:04:05.678Z\",\"d\":\"2020-01-02\",\"m\":{\"k\\n\":1},"
            "\"l\":[{\"b\":1.5},{}]}\n");
  EXPECT_EQ(written("json", optionsOf({{"ignoreNullFields", "false"},
                                       {"timestampFormat", "yyyy"},
                                       {"dateFormat", "dd.MM."}})),
            "{\"t\":\"2020\",\"d\":\"02.01.\",\"m\":{\"k\\n\":1},"
            "\"l\":[{\"b\":1.5},{\"b\":null}],\"n\":null}\n");
}

TEST_F(FileSinkTest, textIsOneColumn) {
  layout_.format = "text";
  EXPECT_FALSE(layout_.check().ok());
  setRows("s string", {{"a"}, {Datum()}});
  EXPECT_EQ(written("text"), "a\n\n");
  EXPECT_EQ(written("text", optionsOf({{"compression", "gzip"}})).substr(0, 2), "\x1f\x8b");
}

TEST_F(FileSinkTest, namesAreSparks) {
  layout_.format = "parquet";
  const auto result = *sink()->write({0}, 3, *reader());
  EXPECT_EQ(result.rows, 3);
  EXPECT_THAT(names(), ElementsAre(MatchesRegex(
                           "part-00003-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                           "[0-9a-f]{12}-c000.snappy.parquet")));
}

TEST_F(FileSinkTest, rowsCountWhenTheLogHasThem) {
  const auto first = sink();
  const auto lost = *first->write({0}, 0, *reader());
  const auto kept = *first->write({0}, 0, *reader());
  EXPECT_THAT(log_->batches, IsEmpty());
  ASSERT_TRUE(first->commit({0}, {kept}).ok());
  ASSERT_EQ(log_->batches[{0}].size(), 1U);
  EXPECT_THAT(log_->batches[{0}][0],
              MatchesRegex("\\{\"path\":\"file:///.*/out/part-00000-.*-c000.json\",\"size\":[0-9]+,"
                           "\"isDir\":false,\"modificationTime\":[0-9]+,\"blockReplication\":1,"
                           "\"blockSize\":33554432,\"action\":\"add\"\\}"));
  // The same batch after a restart: neither files nor an entry.
  const auto second = sink();
  const size_t files = names().size();
  const auto again = *second->write({0}, 0, *reader());
  ASSERT_TRUE(second->commit({0}, {again}).ok());
  EXPECT_EQ(names().size(), files);
  EXPECT_EQ(log_->batches[{0}].size(), 1U);
}

TEST_F(FileSinkTest, anAbortedBatchLeavesNothing) {
  const auto made = sink();
  const auto result = *made->write({0}, 0, *reader());
  log_->failure = true;
  EXPECT_FALSE(made->commit({0}, {result}).ok());
  made->abort({0});
  made->abort({7});
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FileSinkTest, partitionsAreDirectories) {
  setRows("a int, k string, n int", {{1, "x/y", 1}, {2, Datum(), 1}, {3, "x/y", 1}});
  layout_.format = "csv";
  layout_.partitionColumns = {"k", "n"};
  int64_t rows = 0;
  const auto files = *writeTask(layout_, 0, "u", *reader(), rows);
  EXPECT_THAT(names(), ElementsAre("k=__HIVE_DEFAULT_PARTITION__/n=1/part-00000-u.c000.csv",
                                   "k=x%2Fy/n=1/part-00000-u.c000.csv"));
  layout_.partitionColumns = {"a", "k", "n"};
  EXPECT_EQ(layout_.check().errorClass(), "ALL_PARTITION_COLUMNS_NOT_ALLOWED");
}

TEST_F(FileSinkTest, aFileTakesNoMoreThanMaxRecordsPerFile) {
  layout_.options = optionsOf({{"maxRecordsPerFile", "2"}});
  int64_t rows = 0;
  ASSERT_TRUE(writeTask(layout_, 1, "u", *reader(), rows).has_value());
  EXPECT_THAT(names(), ElementsAre("part-00001-u-c000.json", "part-00001-u-c001.json"));
}

TEST_F(FileSinkTest, badFormatsAndCodecsAreRefused) {
  layout_.format = "nope";
  EXPECT_EQ(layout_.check().errorClass(), "DATA_SOURCE_NOT_FOUND");
  layout_.format = "parquet";
  layout_.options = optionsOf({{"compression", "lzo"}});
  EXPECT_EQ(layout_.check().errorClass(), "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION");
  setRows("m map<string,int>", {});
  layout_.format = "csv";
  EXPECT_EQ(layout_.check().errorClass(), "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
}

class BatchFileWriteTest : public FileSinkTest {
 protected:
  Status save(SaveMode mode) {
    auto write = BatchFileWrite::make(layout_, mode, FileSystem::local());
    if (!write) return write.error();
    if ((*write)->isSkipped()) return Status::OK();
    const auto result = (*write)->write(0, *reader());
    if (!result) return result.error();
    const std::vector<std::string> visible = names();
    EXPECT_EQ(std::count_if(visible.begin(), visible.end(),
                            [](const std::string& name) { return !name.starts_with("_"); }),
              before_);
    const Status status = (*write)->commit({*result});
    before_ = static_cast<int64_t>(names().size()) - 1;
    return status;
  }
  int64_t before_ = 0;
};

TEST_F(BatchFileWriteTest, modesDecideAboutWhatIsThere) {
  ASSERT_TRUE(save(SaveMode::kErrorIfExists).ok());
  EXPECT_THAT(names(), ElementsAre("_SUCCESS", MatchesRegex("part-00000-.*-c000.json")));
  EXPECT_EQ(save(SaveMode::kErrorIfExists).errorClass(), "PATH_ALREADY_EXISTS");
  ASSERT_TRUE(save(SaveMode::kIgnore).ok());
  EXPECT_EQ(names().size(), 2U);
  ASSERT_TRUE(save(SaveMode::kAppend).ok());
  EXPECT_EQ(names().size(), 3U);
  ASSERT_TRUE(save(SaveMode::kOverwrite).ok());
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(saveModeOf("ErrorIfExists").value(), SaveMode::kErrorIfExists);
  EXPECT_EQ(saveModeOf("x").error().errorClass(), "INVALID_SAVE_MODE");
}

TEST_F(BatchFileWriteTest, whatIsNotCommittedGoesAway) {
  {
    const auto write = *BatchFileWrite::make(layout_, SaveMode::kAppend, FileSystem::local());
    ASSERT_TRUE(write->write(0, *reader()).has_value());
    EXPECT_EQ(names().size(), 1U);
  }
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(BatchFileWriteTest, dynamicOverwriteKeepsOtherPartitions) {
  layout_.partitionColumns = {"a"};
  layout_.options = optionsOf({{"partitionOverwriteMode", "dynamic"}});
  ASSERT_TRUE(save(SaveMode::kOverwrite).ok());
  setRows("a int, s string", {{1, "new"}});
  ASSERT_TRUE(save(SaveMode::kOverwrite).ok());
  EXPECT_EQ(names().size(), 4U);
}

}  // namespace
}  // namespace spate
