#include <gmock/gmock.h>

#include "spate/sources/files/FileTest.h"
#include "spate/sources/files/LineReader.h"

namespace spate {
namespace {

using ::testing::ElementsAre;
using TextFormatTest = FileTest;

TEST_F(TextFormatTest, linesEndWithAnyLineEnd) {
  put("t/a.txt", "one\ntwo\r\nthree\rfour");
  EXPECT_THAT(read("text", "t"), ElementsAre("one", "two", "three", "four"));
  EXPECT_EQ(scan("text", "t")->schema().sql(), "STRUCT<value: STRING>");
}

TEST_F(TextFormatTest, optionsChooseSeparatorWholeFileAndEncoding) {
  put("t/a.txt", "a;b\n;c");
  EXPECT_THAT(read("text", "t", {{"lineSep", ";"}}), ElementsAre("a", "b\\n", "c"));
  EXPECT_THAT(read("text", "t", {{"wholetext", "true"}}), ElementsAre("a;b\\n;c"));
  put("u/a.txt", "caf\xe9\nx");
  EXPECT_THAT(read("text", "u", {{"encoding", "ISO-8859-1"}}), ElementsAre("caf\u00e9", "x"));
  EXPECT_THAT(read("text", "u"), ElementsAre("caf\ufffd", "x"));
  put("w/a.txt", "\xEF\xBB\xBFone\n");
  EXPECT_THAT(read("text", "w"), ElementsAre("one"));
}

TEST_F(TextFormatTest, partsOfAFileHaveEachLineOnce) {
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 500; ++i) {
    lines.push_back(std::string(static_cast<size_t>(i % 37), 'x') + std::to_string(i));
    text += lines.back() + (i % 3 == 0 ? "\r\n" : "\n");
  }
  const std::string file = put("t/a.txt", text);
  const auto size = static_cast<int64_t>(text.size());
  for (const int64_t step : {int64_t{1}, int64_t{7}, int64_t{100}, size - 1, size}) {
    std::vector<std::string> found;
    for (int64_t start = 0; start < size; start += step) {
      LineReader::Options options;
      options.start = start;
      options.length = std::min(step, size - start);
      options.blockBytes = 64;
      const auto reader = *LineReader::open(file, options);
      while (true) {
        const auto some = *reader->next(3);
        if (some.empty()) break;
        for (const auto line : some) found.emplace_back(line);
      }
    }
    ASSERT_EQ(found, lines) << "parts of " << step;
  }
}

TEST_F(TextFormatTest, aCutInsideOfASeparatorOrAByteOrderMarkLosesNoLine) {
  const std::string text = "\xEF\xBB\xBFone;|two;|;|three";
  const std::string file = put("t/a.txt", text);
  const auto size = static_cast<int64_t>(text.size());
  for (int64_t cut = 1; cut < size; ++cut) {
    std::vector<std::string> found;
    for (const auto& [start, length] : {std::pair(int64_t{0}, cut), std::pair(cut, size - cut)}) {
      LineReader::Options options;
      options.start = start;
      options.length = length;
      options.separator = ";|";
      const auto reader = *LineReader::open(file, options);
      for (auto lines = *reader->next(9); !lines.empty(); lines = *reader->next(9))
        found.insert(found.end(), lines.begin(), lines.end());
    }
    EXPECT_THAT(found, ElementsAre("one", "two", "", "three")) << "cut at " << cut;
  }
}

TEST_F(TextFormatTest, bigFilesAreCutAndSmallOnesReadTogether) {
  put("t/a.txt", std::string(100, 'a') + "\n" + std::string(100, 'b') + "\n");
  put("t/b.txt", "c\n");
  put("t/c.txt", "d\n");
  settings_.maxPartitionBytes = 50;
  settings_.openCostInBytes = 4;
  const auto scanned = *scan("text", "t");
  const auto tasks = *planFileTasks(scanned);
  EXPECT_EQ(tasks.size(), 5U);
  EXPECT_EQ(tasks.back().size(), 3U);
  EXPECT_EQ(rows(scanned)->size(), 4U);
  const std::string json = toJson(tasks.back(), scanned.partitionSchema);
  EXPECT_EQ(toJson(*filePartsFromJson(json, scanned.partitionSchema), scanned.partitionSchema),
            json);
}

TEST_F(TextFormatTest, partitionDirectoriesBecomeColumns) {
  put("t/year=2020/city=S%C3%A3o/a.txt", "one\n");
  put("t/year=2021/city=__HIVE_DEFAULT_PARTITION__/a.txt", "two\n");
  put("t/year=2021/_hidden/city=x/a.txt", "never\n");
  put("t/year=2021/city=x/.hidden", "never\n");
  EXPECT_THAT(read("text", "t"), ElementsAre("one|2020|S\u00e3o", "two|2021|NULL"));
  EXPECT_EQ(scan("text", "t")->schema().sql(), "STRUCT<value: STRING, year: INT, city: STRING>");
  EXPECT_THAT(read("text", "t", {}, "value string, year string"),
              ElementsAre("one|2020|S\u00e3o", "two|2021|NULL"));
  EXPECT_THAT(read("text", "t/year=2020", {{"basePath", path("t")}}),
              ElementsAre("one|2020|S\u00e3o"));
  put("t/year=2022/a.txt", "three\n");
  EXPECT_EQ(scan("text", "t").error().errorClass(), "CONFLICTING_PARTITION_COLUMN_NAMES");
}

TEST_F(TextFormatTest, globsFiltersAndRecursionChooseFiles) {
  put("t/a1.txt", "a1\n");
  put("t/a2.log", "a2\n");
  put("t/deep/b.txt", "b\n");
  EXPECT_THAT(read("text", "t/a{1,2}.*"), ElementsAre("a1", "a2"));
  EXPECT_THAT(read("text", "t", {{"pathGlobFilter", "*.log"}}), ElementsAre("a2"));
  EXPECT_THAT(read("text", "t"), ElementsAre("a1", "a2"));
  EXPECT_THAT(read("text", "t", {{"recursiveFileLookup", "true"}}), ElementsAre("a1", "a2", "b"));
  EXPECT_THAT(read("text", "t", {{"modifiedBefore", "2001-01-01T00:00:00"}}), ElementsAre());
  EXPECT_EQ(scan("text", "none").error().errorClass(), "PATH_NOT_FOUND");
  EXPECT_EQ(scan("text", "none*").error().message(),
            "Path does not exist: file:" + path("none*") + ".");
}

TEST_F(TextFormatTest, metadataColumnTellsWhereARowIsFrom) {
  put("t/a b.txt", "one\n");
  const auto scanned = *scan("text", "t");
  const auto metadata = fileMetadataColumn();
  const DataType columns = DataType::structOf(
      {{"_metadata", DataType::structOf({metadata.type.fields()[0], metadata.type.fields()[1],
                                         metadata.type.fields()[2]})},
       {"value", DataType::stringType()}});
  EXPECT_THAT(*rows(scanned, columns),
              ElementsAre("{file://" + directory_ + "/t/a%20b.txt, a b.txt, 4}|one"));
}

TEST_F(TextFormatTest, aFileThatWentAwayIsAnErrorUnlessIgnored) {
  put("t/a.txt", "one\n");
  put("t/b.txt", "two\n");
  auto scanned = *scan("text", "t");
  std::filesystem::remove(path("t/a.txt"));
  EXPECT_EQ(rows(scanned).error().errorClass(), "FAILED_READ_FILE.FILE_NOT_EXIST");
  scanned.options.set("ignoreMissingFiles", "true");
  EXPECT_THAT(*rows(scanned), ElementsAre("two"));
}

TEST_F(TextFormatTest, theLogOfAFileSinkSaysWhichFilesCount) {
  put("t/part-0.txt", "committed\n");
  put("t/part-1.txt", "never\n");
  put("t/_spark_metadata/0", "v1\n{\"path\":\"file://" + path("t/part-0.txt") +
                                 "\",\"size\":10,\"isDir\":false,\"modificationTime\":1,"
                                 "\"blockReplication\":1,\"blockSize\":1,\"action\":\"add\"}");
  EXPECT_THAT(read("text", "t"), ElementsAre("committed"));
  put("t/_spark_metadata/2", "v1");
  EXPECT_EQ(scan("text", "t").error().code(), StatusCode::kCorrupt);
}

TEST_F(TextFormatTest, binaryFilesAreARowEach) {
  put("t/a.bin", "a\xff");
  const auto scanned = *scan("binaryFile", "t");
  EXPECT_THAT(*rows(scanned, DataType::structOf(
                                 {scanned.dataSchema.fields()[2], scanned.dataSchema.fields()[3]})),
              ElementsAre("2|[61 FF]"));
}

TEST_F(TextFormatTest, unknownFormatsAreNamed) {
  EXPECT_EQ(scan("nope", "").error().errorClass(), "DATA_SOURCE_NOT_FOUND");
  EXPECT_THAT(scan("kafka", "").error().message(),
              ::testing::StartsWith("Failed to find data source: kafka. Please deploy"));
}

}  // namespace
}  // namespace spate
