#include <arrow/type.h>
#include <gmock/gmock.h>

#include "spate/base/FaultyFileSystem.h"
#include "spate/sources/FileSource.h"
#include "spate/sources/SourceRegistry.h"
#include "spate/sources/files/FileTest.h"

namespace spate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A log that outlives its sources.
class MemoryLog final : public SeenFilesLog {
 public:
  Status add(BatchId id, const std::vector<SeenFile>& files) override {
    EXPECT_EQ(id, latest().next());
    batches.push_back(files);
    return Status::OK();
  }
  Result<std::vector<SeenFile>> entries(BatchId after, BatchId upTo) override {
    std::vector<SeenFile> files;
    for (int64_t id = after.value + 1; id <= upTo.value; ++id)
      for (const SeenFile& file : batches.at(static_cast<size_t>(id))) files.push_back(file);
    return files;
  }
  Result<std::vector<SeenFile>> all() override { return entries({-1}, latest()); }
  BatchId latest() const override { return {static_cast<int64_t>(batches.size()) - 1}; }

  std::vector<std::vector<SeenFile>> batches;
};

class FileSourceTest : public FileTest {
 protected:
  /// A file of one line, modified at a second of its own.
  void putAt(const std::string& name, const std::string& line, int second) {
    const std::string file = put(name, line + "\n");
    const auto time = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1) +
                      std::chrono::seconds(second);
    std::filesystem::last_write_time(file, time);
  }
  std::unique_ptr<FileSource> source(const Options& options = {},
                                     const std::string& ddl = "value string",
                                     const std::string& format = "text") {
    FileSource::Definition definition;
    definition.format = format;
    definition.path = path("in");
    definition.options = OptionMap(options);
    definition.schema = *schemaFromDdl(ddl);
    auto made = FileSource::make(definition, log_, FileSystem::local());
    EXPECT_TRUE(made.has_value()) << made.error().toString();
    return std::move(*made);
  }
  std::vector<std::string> linesOf(FileSource& source, const OffsetRange& range,
                                   const std::string& ddl = "value string") {
    std::vector<std::string> lines;
    const auto splits = source.plan(range);
    EXPECT_TRUE(splits.has_value()) << splits.error().toString();
    for (const Split& split : *splits) {
      const auto reader = *source.open(split);
      std::shared_ptr<arrow::RecordBatch> batch;
      while (reader->ReadNext(&batch).ok() && batch != nullptr)
        appendRows(*schemaFromDdl(ddl), batch, lines);
    }
    return lines;
  }
  static std::optional<Offset> at(int64_t id) {
    if (id < 0) return std::nullopt;
    return Offset("{\"logOffset\":" + std::to_string(id) + "}");
  }

  std::shared_ptr<MemoryLog> log_ = std::make_shared<MemoryLog>();
};

TEST_F(FileSourceTest, columnsThatNobodyUsesAreNulls) {
  putAt("in/a.json", R"({"a":1,"b":"x","c":2})", 1);
  const std::string ddl = "a int, b string, c int";
  const auto made = source({}, ddl, "json");
  const auto end = *made->latestOffset({}, {});
  const auto splits = *made->plan({{}, end});
  const auto rowsOf = [&](const std::vector<bool>& used) {
    std::vector<std::string> lines;
    const auto reader = *made->openColumns(splits.at(0), used);
    std::shared_ptr<arrow::RecordBatch> batch;
    while (reader->ReadNext(&batch).ok() && batch != nullptr)
      appendRows(*schemaFromDdl(ddl), batch, lines);
    return lines;
  };
  EXPECT_THAT(rowsOf({true, false, true}), ElementsAre("1|NULL|2"));
  EXPECT_THAT(rowsOf({true, true, true}), ElementsAre("1|x|2"));
  EXPECT_THAT(rowsOf({false, false, false}), ElementsAre("NULL|NULL|NULL"));
}

TEST_F(FileSourceTest, newFilesAreTakenOnceAndInTheOrderOfTheirTimes) {
  putAt("in/b.txt", "1st", 1);
  putAt("in/a.txt", "2nd", 2);
  putAt("in/_hidden.txt", "never", 3);
  const auto made = source();
  EXPECT_EQ(*made->latestOffset({}, {}), at(0));
  EXPECT_THAT(linesOf(*made, {{}, at(0)}), ElementsAre("1st", "2nd"));
  EXPECT_EQ(log_->batches[0][0].uri, "file://" + path("in/b.txt"));
  EXPECT_EQ(*made->latestOffset(at(0), {}), at(0));
  putAt("in/c.txt", "3rd", 3);
  EXPECT_EQ(*made->latestOffset(at(0), {}), at(1));
  EXPECT_THAT(linesOf(*made, {at(0), at(1)}), ElementsAre("3rd"));
}

TEST_F(FileSourceTest, nothingYetIsNoOffset) {
  std::filesystem::create_directory(path("in"));
  EXPECT_EQ(*source()->latestOffset({}, {}), std::nullopt);
}

TEST_F(FileSourceTest, afterACrashTheLogSaysWhatABatchHolds) {
  putAt("in/a.txt", "one", 1);
  const auto before = source();
  ASSERT_EQ(*before->latestOffset({}, {}), at(0));
  putAt("in/b.txt", "two", 2);
  // The batch was not logged: it is found in the source's log, and is as it was.
  const auto after = source();
  EXPECT_EQ(*after->latestOffset({}, {}), at(0));
  EXPECT_THAT(linesOf(*after, {{}, at(0)}), ElementsAre("one"));
  EXPECT_EQ(*after->latestOffset(at(0), {}), at(1));
  EXPECT_THAT(linesOf(*after, {at(0), at(1)}), ElementsAre("two"));
}

TEST_F(FileSourceTest, limitsCutBatches) {
  for (int i = 0; i < 5; ++i) putAt("in/" + std::to_string(i), std::to_string(i), i);
  const auto made = source({{"maxFilesPerTrigger", "2"}});
  EXPECT_EQ(*made->latestOffset({}, {}), at(0));
  EXPECT_EQ(*made->latestOffset(at(0), {}), at(1));
  EXPECT_EQ(*made->latestOffset(at(1), {}), at(2));
  EXPECT_THAT(linesOf(*made, {at(0), at(2)}), ElementsAre("2", "3", "4"));
  log_ = std::make_shared<MemoryLog>();
  ASSERT_EQ(*source({{"maxBytesPerTrigger", "5"}})->latestOffset({}, {}), at(0));
  EXPECT_EQ(log_->batches[0].size(), 2U);
}

TEST_F(FileSourceTest, availableNowWalksOverWhatWasThereInTheSourcesSteps) {
  for (int i = 0; i < 3; ++i) putAt("in/" + std::to_string(i), std::to_string(i), i);
  const auto made = source({{"maxFilesPerTrigger", "1"}});
  ReadLimit all;
  all.ignoreOwnLimits = true;
  const auto target = *made->latestOffset({}, all);
  EXPECT_EQ(target, at(2));
  putAt("in/later", "later", 9);
  ReadLimit limit;
  limit.notBeyond = target;
  EXPECT_EQ(*made->latestOffset({}, limit), at(0));
  EXPECT_EQ(*made->latestOffset(at(0), limit), at(1));
  EXPECT_EQ(*made->latestOffset(at(1), limit), at(2));
  EXPECT_EQ(*made->latestOffset(at(2), limit), at(2));
  EXPECT_THAT(linesOf(*made, {{}, at(2)}), ElementsAre("0", "1", "2"));
}

TEST_F(FileSourceTest, latestFirstAndAge) {
  putAt("in/old", "old", -1000);
  putAt("in/a", "a", 1);
  putAt("in/b", "b", 2);
  ASSERT_EQ(*source({{"latestFirst", "true"}, {"maxFilesPerTrigger", "1"}})->latestOffset({}, {}),
            at(0));
  EXPECT_THAT(log_->batches[0][0].uri, HasSubstr("/in/b"));
  // Files older than the newest one seen by more than the age count as seen.
  log_ = std::make_shared<MemoryLog>();
  const auto made = source({{"maxFileAge", "10m"}});
  ASSERT_EQ(*made->latestOffset({}, {}), at(0));
  EXPECT_EQ(log_->batches[0].size(), 3U);
  putAt("in/older", "older", -900);
  EXPECT_EQ(*made->latestOffset(at(0), {}), at(0));
}

TEST_F(FileSourceTest, fileNameOnlyKnowsMovedFiles) {
  putAt("in/k=1/a.txt", "one", 1);
  const auto made = source({{"fileNameOnly", "true"}}, "value string, k int");
  ASSERT_EQ(*made->latestOffset({}, {}), at(0));
  putAt("in/k=2/a.txt", "one", 2);
  EXPECT_EQ(*made->latestOffset(at(0), {}), at(0));
}

TEST_F(FileSourceTest, directoriesGiveColumns) {
  putAt("in/k=1/a.txt", "one", 1);
  putAt("in/k=2/a.txt", "two", 2);
  const std::string ddl = "value string, k int";
  const auto made = source({}, ddl);
  ASSERT_EQ(*made->latestOffset({}, {}), at(0));
  EXPECT_THAT(linesOf(*made, {{}, at(0)}, ddl), ElementsAre("one|1", "two|2"));
}

TEST_F(FileSourceTest, onlyWantedColumnsAreRead) {
  putAt("in/k=1/a.txt", "one", 1);
  FileSource::Definition definition;
  definition.format = "text";
  definition.path = path("in");
  definition.schema = *schemaFromDdl("value string, k int");
  StructField metadata = fileMetadataColumn();
  metadata.type = DataType::structOf({metadata.type.fields()[1]});
  definition.columns = DataType::structOf({{"k", DataType::integerType()}, metadata});
  const auto made = *FileSource::make(definition, log_, FileSystem::local());
  EXPECT_EQ(made->schema()->num_fields(), 2);
  ASSERT_EQ(*made->latestOffset({}, {}), at(0));
  EXPECT_THAT(linesOf(*made, {{}, at(0)}, "k int, _metadata struct<file_name:string>"),
              ElementsAre("1|{a.txt}"));
}

TEST_F(FileSourceTest, committedFilesAreCleanedAsAskedFor) {
  putAt("in/a", "a", 1);
  const auto deleting = source({{"cleanSource", "delete"}});
  ASSERT_EQ(*deleting->latestOffset({}, {}), at(0));
  ASSERT_TRUE(deleting->commit(*at(0)).ok());
  EXPECT_FALSE(std::filesystem::exists(path("in/a")));

  log_ = std::make_shared<MemoryLog>();
  putAt("in/b", "b", 1);
  const auto archiving = source({{"cleanSource", "archive"}, {"sourceArchiveDir", path("old")}});
  ASSERT_EQ(*archiving->latestOffset({}, {}), at(0));
  ASSERT_TRUE(archiving->commit(*at(0)).ok());
  ASSERT_TRUE(archiving->commit(*at(0)).ok());
  EXPECT_FALSE(std::filesystem::exists(path("in/b")));
  EXPECT_TRUE(std::filesystem::exists(path("old") + path("in/b")));
}

TEST_F(FileSourceTest, optionsAreCheckedInSparksWords) {
  const auto message = [&](const Options& options) {
    const auto parsed = FileStreamOptions::parse(OptionMap(options));
    return parsed ? "" : parsed.error().message();
  };
  EXPECT_EQ(message({{"maxFilesPerTrigger", "0"}}),
            "Invalid value '0' for option 'maxFilesPerTrigger', must be a positive integer");
  EXPECT_THAT(message({{"maxFilesPerTrigger", "1"}, {"maxBytesPerTrigger", "1"}}),
              HasSubstr("can't be both set at the same time"));
  EXPECT_THAT(message({{"cleanSource", "archive"}}), HasSubstr("'sourceArchiveDir'"));
  EXPECT_THAT(message({{"cleanSource", "x"}}), HasSubstr("Invalid mode for clean source option x"));
  EXPECT_EQ(message({{"modifiedBefore", "2020-01-01"}}),
            "option 'modifiedbefore' is not allowed in file stream sources");
}

TEST_F(FileSourceTest, schemasComeFromTheUserUnlessInferenceIsOn) {
  putAt("in/a.json", "{\"a\":1}", 1);
  StreamDefinition definition;
  definition.format = "json";
  definition.path = path("in");
  EXPECT_THAT(schemaOfStream(definition, *FileSystem::local()).error().message(),
              HasSubstr("Schema must be specified when creating a streaming source DataFrame."));
  definition.infersSchema = true;
  EXPECT_EQ(schemaOfStream(definition, *FileSystem::local())->sql(), "STRUCT<a: BIGINT>");
  definition.path = path("none");
  EXPECT_EQ(schemaOfStream(definition, *FileSystem::local()).error().errorClass(),
            "PATH_NOT_FOUND");
  definition.path.reset();
  EXPECT_EQ(schemaOfStream(definition, *FileSystem::local()).error().message(),
            "'path' is not specified");
}

TEST(SourceRegistry, sourcesAreFoundByName) {
  StreamDefinition definition;
  const auto errorOf = [&](const std::string& format) {
    definition.format = format;
    const auto schema = schemaOfStream(definition, *FileSystem::local());
    return schema ? Status::OK() : schema.error();
  };
  EXPECT_TRUE(errorOf("Rate").ok());
  EXPECT_EQ(errorOf("nope").errorClass(), "DATA_SOURCE_NOT_FOUND");
  EXPECT_TRUE(errorOf("kafka").message().starts_with("Failed to find data source: kafka."));
  EXPECT_EQ(errorOf("console").message(), "Data source console does not support streamed reading");
  EXPECT_EQ(errorOf("socket").message(), "Set a host to read from with option(\"host\", ...).");
  EXPECT_EQ(errorOf("rate-micro-batch").message(),
            "Invalid value '0'. The option 'rowsPerBatch' must be positive");
  definition.schema = *schemaFromDdl("a int");
  EXPECT_EQ(errorOf("rate").message(),
            "RateStreamProvider source does not support user-specified schema.");
}

}  // namespace
}  // namespace spate
