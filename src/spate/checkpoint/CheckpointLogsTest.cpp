#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/checkpoint/CommitLog.h"
#include "spate/checkpoint/OffsetSeqLog.h"
#include "spate/checkpoint/StreamMetadata.h"

namespace spate {
namespace {

using testing::HasSubstr;

// offsets/0 of a query of Spark 4.3, with four of its seventeen settings.
const std::string kSparkOffsets =
    "v1\n"
    R"({"batchWatermarkMs":0,"batchTimestampMs":1795368787866,"conf":{)"
    R"("spark.sql.streaming.stateStore.providerClass":)"
    R"("org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider",)"
    R"("spark.sql.dropDuplicates.deterministicKeyOrder.enabled":"true",)"
    R"("spark.sql.shuffle.partitions":"2","spark.sql.streaming.stateStore.compression.codec":"lz4"}})"
    "\n{\"logOffset\":0}";

MetadataLogOptions optionsOf(std::shared_ptr<FileSystem> files, std::string directory) {
  MetadataLogOptions options;
  options.files = std::move(files);
  options.directory = std::move(directory);
  return options;
}

TEST(OffsetSeq, readsAndWritesSparksBytes) {
  const auto seq = OffsetSeq::fromBytes(kSparkOffsets);
  ASSERT_TRUE(seq) << seq.error().toString();
  EXPECT_EQ(seq->batchWatermarkMs, 0);
  EXPECT_EQ(seq->batchTimestampMs, 1795368787866);
  ASSERT_EQ(seq->conf.size(), 4u);
  EXPECT_EQ(seq->conf[2].second, "2");
  ASSERT_EQ(seq->offsets.size(), 1u);
  EXPECT_EQ(seq->offsets[0], R"({"logOffset":0})");
  EXPECT_EQ(*seq->toBytes(), kSparkOffsets);
}

TEST(OffsetSeq, sourceWithoutDataIsADash) {
  OffsetSeq seq;
  seq.offsets = {std::nullopt, R"({"topic":{"0":23}})", std::nullopt};
  const std::string bytes = *seq.toBytes();
  EXPECT_EQ(bytes,
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":0,\"conf\":{}}\n-\n"
            "{\"topic\":{\"0\":23}}\n-");
  EXPECT_EQ(*OffsetSeq::fromBytes(bytes), seq);
}

TEST(OffsetSeq, offsetThatWouldNotComeBackIsRefused) {
  for (const char* bad : {"-", "a\nb", "a\r"}) {
    OffsetSeq seq;
    seq.offsets = {bad};
    EXPECT_EQ(seq.toBytes().error().code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(OffsetSeq, anySettingsAndOffsetsComeBack) {
  rc::check([](const std::map<std::string, std::string>& conf, int64_t watermark, int64_t time) {
    OffsetSeq seq;
    seq.batchWatermarkMs = watermark;
    seq.batchTimestampMs = time;
    for (const auto& [key, value] : conf) {
      const auto ascii = [](std::string text) {
        for (char& c : text) c &= 0x7f;
        return text;
      };
      if (!seq.conf.empty() && seq.conf.back().first == ascii(key)) continue;
      bool isNew = true;
      for (const auto& [known, unused] : seq.conf) isNew &= known != ascii(key);
      if (isNew) seq.conf.emplace_back(ascii(key), ascii(value));
    }
    seq.offsets = {std::nullopt, std::to_string(time)};
    RC_ASSERT(*OffsetSeq::fromBytes(*seq.toBytes()) == seq);
  });
}

TEST(OffsetSeq, neverReadsAPrefixWithoutNoticingWhereMetadataIsCutOff) {
  const size_t metadataEnd = kSparkOffsets.rfind('\n');
  for (size_t size = 0; size < metadataEnd; ++size)
    EXPECT_FALSE(OffsetSeq::fromBytes(kSparkOffsets.substr(0, size))) << size;
}

TEST(OffsetSeqLog, tornNewestIsDroppedUnlessItsCommitIsThere) {
  auto files = std::make_shared<InMemoryFileSystem>();
  OffsetSeq seq;
  seq.offsets = {"1"};
  {
    auto offsets = *OffsetSeqLog::open(optionsOf(files, "/c/offsets"));
    auto commits = *CommitLog::open(optionsOf(files, "/c/commits"));
    for (int64_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(offsets->add({i}, seq).ok());
      if (i < 2) {
        ASSERT_TRUE(commits->add({i}, {}).ok());
      }
    }
  }
  ASSERT_TRUE(files->corrupt("/c/offsets/2", "v1\n{\"batchWa").ok());
  auto commits = *CommitLog::open(optionsOf(files, "/c/commits"));
  auto options = optionsOf(files, "/c/offsets");
  options.complete = commits->latestId();
  EXPECT_EQ((*OffsetSeqLog::open(options))->latestId(), BatchId{1});

  ASSERT_TRUE(files->corrupt("/c/offsets/1", "").ok());
  const auto refused = OffsetSeqLog::open(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), StatusCode::kCorrupt);
  EXPECT_THAT(refused.error().message(), HasSubstr("/c/offsets/1"));
}

TEST(OffsetSeqLog, latestGivesTheNewestOffsets) {
  auto log = *OffsetSeqLog::open(optionsOf(std::make_shared<InMemoryFileSystem>(), "/offsets"));
  OffsetSeq seq;
  for (int64_t i = 0; i < 3; ++i) {
    seq.offsets = {std::to_string(i)};
    ASSERT_TRUE(log->add({i}, seq).ok());
  }
  EXPECT_EQ((*log->latest())->first, BatchId{2});
  EXPECT_EQ((*log->latest())->second, seq);
  EXPECT_EQ((*log->get({0}))->offsets[0], "0");
}

TEST(CommitMetadata, writesSparksBytesInBothVersions) {
  EXPECT_EQ((CommitMetadata{1767225597000, {}}.toBytes()),
            "v1\n{\"nextBatchWatermarkMs\":1767225597000}");
  CommitMetadata metadata{5, {{{0, {{"a"}, {"b"}}}, {1, {{"c", "d"}}}}}};
  const std::string bytes =
      R"({"nextBatchWatermarkMs":5,"stateUniqueIds":{"0":[["a"],["b"]],"1":[["c","d"]]}})";
  EXPECT_EQ(metadata.toBytes(), "v2\n" + bytes);
  EXPECT_EQ(*CommitMetadata::fromBytes("v2\n" + bytes), metadata);
  EXPECT_EQ(*CommitMetadata::fromBytes("v1\n{}"), CommitMetadata{});
}

TEST(CommitMetadata, severalWatermarksAreKept) {
  CommitMetadata metadata{5, {}};
  metadata.watermarksMs = {{0, 5}, {1, 70}};
  const std::string bytes = "v1\n{\"nextBatchWatermarkMs\":5,\"watermarksMs\":{\"0\":5,\"1\":70}}";
  EXPECT_EQ(metadata.toBytes(), bytes);
  EXPECT_EQ(*CommitMetadata::fromBytes(bytes), metadata);
  for (const char* bad : {"v1\n{\"watermarksMs\":[1]}", "v1\n{\"watermarksMs\":{\"x\":1}}",
                          "v1\n{\"watermarksMs\":{\"0\":\"1\"}}"})
    EXPECT_EQ(CommitMetadata::fromBytes(bad).error().code(), StatusCode::kCorrupt) << bad;
}

TEST(CommitMetadata, refusesWhatItCannotRead) {
  for (const char* bad : {"", "v1", "v1\n", "v1\n[]", "v1\n{\"nextBatchWatermarkMs\":\"x\"}",
                          "v2\n{\"stateUniqueIds\":[]}", "v2\n{\"stateUniqueIds\":{\"x\":[]}}",
                          "v2\n{\"stateUniqueIds\":{\"0\":[[1]]}}"})
    EXPECT_EQ(CommitMetadata::fromBytes(bad).error().code(), StatusCode::kCorrupt) << bad;
  EXPECT_EQ(CommitMetadata::fromBytes("v3\n{}").error().code(), StatusCode::kUnsupported);
}

TEST(StreamMetadata, idIsMadeOnceAndKept) {
  InMemoryFileSystem files;
  uint64_t seed = 1;
  const auto random = [&seed] { return seed *= 0x9e3779b97f4a7c15; };
  const auto first = StreamMetadata::readOrCreate(files, "/c/metadata", random);
  const auto second = StreamMetadata::readOrCreate(files, "/c/metadata", random);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id, second->id);
  EXPECT_THAT(
      first->id,
      testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_EQ(*files.readFile("/c/metadata"), "{\"id\":\"" + first->id + "\"}");
}

TEST(StreamMetadata, damagedFileIsRefusedByName) {
  InMemoryFileSystem files;
  ASSERT_TRUE(files.writeAtomically("/c/metadata", "").ok());
  const auto found = StreamMetadata::read(files, "/c/metadata");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), StatusCode::kCorrupt);
  EXPECT_THAT(found.error().message(), HasSubstr("/c/metadata"));
}

}  // namespace
}  // namespace spate
