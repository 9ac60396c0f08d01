#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "spate/state/DeltaFile.h"

namespace spate {
namespace {

using testing::HasSubstr;
using Records = std::vector<std::pair<std::string, std::optional<std::string>>>;

std::string fromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// 3.delta of a windowed aggregation that ran on Spark 4.3: one key is put, another removed.
const std::string kSparkDelta = fromHex(
    "4c5a34426c6f636b25590000009c000000ad0d8c035300000038000100131804005301000000301400010200b09a"
    "82484847060080301b4908001163150001020000330001020011640600023c000302000f58000f30402046500031"
    "80d6b808001362390080ffffffffffffffff4c5a34426c6f636b15000000000000000000000000");

std::string fileOf(const Records& records) {
  DeltaWriter writer;
  for (const auto& [key, value] : records) {
    if (value) {
      writer.putBytes(key, *value);
    } else {
      writer.removeBytes(key);
    }
  }
  return writer.finish();
}

Result<Records> recordsOf(std::string_view bytes) {
  DeltaReader reader("7.delta", bytes);
  Records records;
  while (true) {
    SPATE_ASSIGN_OR_FAIL(const auto record, reader.next());
    if (!record) return records;
    std::optional<std::string> value;
    if (record->value) value = *record->value;
    records.emplace_back(std::string(record->key), value);
  }
}

TEST(DeltaFile, readsAFileOfSpark) {
  const auto records = recordsOf(kSparkDelta);
  ASSERT_TRUE(records) << records.error().toString();
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0].first.size(), 56u);
  ASSERT_TRUE((*records)[0].second);
  // An UnsafeRow of two longs behind their null bits.
  EXPECT_EQ((*records)[0].second->size(), 24u);
  EXPECT_EQ((*records)[0].second->at(8), 100) << "sum";
  EXPECT_EQ((*records)[0].second->at(16), 1) << "count";
  EXPECT_EQ((*records)[1].second, std::nullopt) << "the window was removed";
}

TEST(DeltaFile, writesWhatSparkWrote) {
  // Same records, and as lz4-java compresses like liblz4 does, the same bytes.
  EXPECT_EQ(fileOf(*recordsOf(kSparkDelta)), kSparkDelta);
}

TEST(DeltaFile, emptyDeltaIsTheEndMarkAlone) {
  // 2.delta of the same query.
  EXPECT_EQ(fileOf({}), fromHex("4c5a34426c6f636b150400000004000000db804d08ffffffff"
                                "4c5a34426c6f636b15000000000000000000000000"));
  EXPECT_EQ(*recordsOf(fileOf({})), Records{});
}

TEST(DeltaFile, recordsLargerThanABlockComeBack) {
  Records records;
  for (int i = 0; i < 5; ++i)
    records.emplace_back(std::string(size_t{70'000} * i, 'k'), std::string(100'000, char('a' + i)));
  records.emplace_back("gone", std::nullopt);
  EXPECT_EQ(*recordsOf(fileOf(records)), records);
}

TEST(DeltaFile, anyRecordsComeBack) {
  rc::check([](const std::vector<std::pair<std::string, rc::Maybe<std::string>>>& given) {
    Records records;
    for (const auto& [key, value] : given)
      records.emplace_back(key, value ? std::optional<std::string>(*value) : std::nullopt);
    RC_ASSERT(*recordsOf(fileOf(records)) == records);
  });
}

TEST(DeltaFile, everyTornFileIsCorruptByName) {
  Records records;
  for (int i = 0; i < 20; ++i) records.emplace_back("key" + std::to_string(i), "value");
  const std::string bytes = fileOf(records);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = recordsOf(std::string_view(bytes).substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code(), StatusCode::kCorrupt);
    EXPECT_THAT(read.error().message(), HasSubstr("7.delta"));
  }
  EXPECT_FALSE(recordsOf(bytes + "x"));
}

TEST(DeltaFile, flippedBitIsNeverReadAsOtherRecords) {
  Records records;
  for (int i = 0; i < 20; ++i) records.emplace_back("key" + std::to_string(i), "value");
  const std::string bytes = fileOf(records);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const auto read = recordsOf(flipped);
    if (read) {
      EXPECT_EQ(*read, records) << bit;  // the block size in a token may be another
    } else {
      EXPECT_EQ(read.error().code(), StatusCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace spate
