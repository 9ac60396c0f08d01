#include <gmock/gmock.h>

#include <optional>

#include "spate/rdd/BlockStore.h"
#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Strings = std::vector<std::string>;

/// Counts how often its elements are computed.
struct Counted {
  explicit Counted(const SparkContext& sc, int n = 8, int slices = 2)
      : computed(sc.longAccumulator()), rdd(make(sc, n, slices, computed)) {}

  static RDD<std::string> make(const SparkContext& sc, int n, int slices, LongAccumulator counter) {
    return sc.range(0, n, 1, slices).map([counter](int64_t i) {
      counter.add(1);
      return std::string(100, 'x') + std::to_string(i);
    });
  }

  LongAccumulator computed;
  RDD<std::string> rdd;
};

TEST(Storage, everyLevelKeepsWhatWasComputed) {
  TestContext context;
  for (const StorageLevel level :
       {StorageLevel::MEMORY_ONLY, StorageLevel::MEMORY_ONLY_SER, StorageLevel::MEMORY_AND_DISK,
        StorageLevel::MEMORY_AND_DISK_SER, StorageLevel::DISK_ONLY, StorageLevel::OFF_HEAP,
        StorageLevel::MEMORY_ONLY_2}) {
    const Counted counted(context.sc);
    const Strings expected = counted.rdd.collect();
    counted.rdd.persist(level);
    EXPECT_EQ(expected, counted.rdd.collect()) << level.toString();
    EXPECT_EQ(expected, counted.rdd.collect()) << level.toString();
    EXPECT_EQ(16, counted.computed.value()) << level.toString();
    counted.rdd.unpersist();
    EXPECT_EQ(StorageLevel::NONE, counted.rdd.getStorageLevel());
    EXPECT_EQ(expected, counted.rdd.collect());
    EXPECT_EQ(24, counted.computed.value());
  }
  EXPECT_EQ(0, context.sc.context()->blocks().memoryUsed());
}

TEST(Storage, aNodePersistedLaterIsHonouredInChainsMadeBefore) {
  TestContext context;
  const Counted counted(context.sc);
  const auto lengths = counted.rdd.map([](const std::string& s) { return s.size(); });
  counted.rdd.cache();
  lengths.count();
  lengths.filter([](size_t n) { return n > 0; }).count();
  EXPECT_EQ(8, counted.computed.value());
  EXPECT_THAT(lengths.toDebugString(), HasSubstr("CachedPartitions: 2; MemorySize: "));
}

TEST(Storage, aFullMemoryDropsOrSpillsWhatWasReadLongestAgo) {
  // 40 elements of more than 100 bytes do not fit twice.
  TestContext context("local[1]", {{"spark.driver.memory", "16k"}});
  const Counted old(context.sc, 40), spilled(context.sc, 40);
  old.rdd.cache().count();
  spilled.rdd.persist(StorageLevel::MEMORY_AND_DISK).count();
  const Counted fresh(context.sc, 40);
  const Strings expected = fresh.rdd.collect();
  fresh.rdd.cache().count();
  EXPECT_LE(context.sc.context()->blocks().memoryUsed(),
            context.sc.context()->blocks().memoryBudget());

  spilled.rdd.count();
  EXPECT_EQ(40, spilled.computed.value()) << "from memory or from disk";
  EXPECT_EQ(expected, spilled.rdd.collect());
  old.rdd.count();
  EXPECT_GT(old.computed.value(), 40) << "dropped and computed again";
  EXPECT_EQ(expected, old.rdd.collect());
}

TEST(Storage, aJobCanCountOnTheStoredPartitionsItStartedWith) {
  TestContext context("local[1]");
  const auto sums = context.sc.parallelize(std::vector<std::pair<int, int>>{{1, 2}, {1, 3}}, 2)
                        .reduceByKey(std::plus<>());
  sums.cache();
  sums.count();
  // Unpersisted by a task of a job that has not read all of it yet.
  const auto seen = sums.map([sums](const auto& pair) {
    sums.unpersist();
    return pair.second;
  });
  EXPECT_EQ(5, seen.sum());
  EXPECT_EQ(5, sums.values().sum());
}

struct Opaque {
  int value = 0;
};

TEST(Storage, levelsThatNeedBytesAreRefusedForTypesWithoutACodec) {
  TestContext context;
  const auto rdd = context.sc.range(0, 3).map([](int64_t i) { return Opaque{int(i)}; });
  EXPECT_THAT(messageOf([&] { rdd.persist(StorageLevel::MEMORY_AND_DISK); }),
              HasSubstr("has no spate::Codec"));
  EXPECT_EQ(StorageLevel::NONE, rdd.getStorageLevel());
  EXPECT_EQ(3, rdd.cache().count());
  EXPECT_EQ("Cannot change storage level of an RDD after it was already assigned a level",
            messageOf([&] {
              const auto numbers = context.sc.range(0, 3);
              numbers.cache();
              numbers.persist(StorageLevel::DISK_ONLY);
            }));
}

TEST(Storage, damagedBlocksAreNoticed) {
  TestContext context;
  const Counted counted(context.sc, 8, 1);
  counted.rdd.persist(StorageLevel::DISK_ONLY).count();
  const std::string file = context.sc.context()->blocks().blockFile(counted.rdd.id(), 0);
  std::string bytes = valueOrThrow(FileSystem::local()->readFile(file));
  bytes[bytes.size() / 2] ^= 1;
  okOrThrow(FileSystem::local()->writeAtomically(file, bytes));
  EXPECT_THAT(messageOf([&] { counted.rdd.count(); }), HasSubstr("is damaged"));
}

TEST(Checkpoint, cutsTheLineageAndIsReadFromThenOn) {
  TestContext context;
  context.sc.setCheckpointDir(context.path("checkpoints"));
  std::weak_ptr<NodeBase> parent;
  RDD<size_t> lengths = [&] {
    auto source = context.sc.parallelize(Strings{"a", "bb", "ccc"}, 2);
    parent = source.node();
    return RDD<size_t>(source.map([](const std::string& s) { return s.size(); }));
  }();
  lengths.checkpoint();
  EXPECT_FALSE(lengths.isCheckpointed());
  EXPECT_EQ(3, lengths.count());
  EXPECT_TRUE(lengths.isCheckpointed());
  EXPECT_TRUE(parent.expired());
  EXPECT_THAT(*lengths.getCheckpointFile(), HasSubstr(context.path("checkpoints")));
  EXPECT_THAT(lengths.collect(), ElementsAre(1, 2, 3));
  EXPECT_EQ(2, lengths.getNumPartitions());
  EXPECT_THAT(lengths.toDebugString(), HasSubstr("ReliableCheckpointRDD"));
}

TEST(Checkpoint, worksBehindACacheAndAShuffle) {
  TestContext context;
  context.sc.setCheckpointDir(context.path("checkpoints"));
  const Counted counted(context.sc);
  const auto pairs = counted.rdd.map([](const std::string& s) { return std::pair(s, 1); })
                         .reduceByKey(std::plus<>());
  pairs.cache();
  pairs.checkpoint();
  pairs.count();
  EXPECT_EQ(8, counted.computed.value());
  pairs.unpersist();
  EXPECT_EQ(8, pairs.count());
  EXPECT_EQ(8, pairs.join(pairs).count());
  EXPECT_EQ(8, counted.computed.value());
}

TEST(Checkpoint, needsADirectory) {
  TestContext context;
  EXPECT_EQ("Checkpoint directory has not been set in the SparkContext",
            messageOf([&] { context.sc.range(0, 3).checkpoint(); }));
}

TEST(Checkpoint, localOnesLiveInMemory) {
  TestContext context;
  const Counted counted(context.sc);
  counted.rdd.localCheckpoint();
  counted.rdd.count();
  const int64_t before = counted.computed.value();
  EXPECT_EQ(8, counted.rdd.count());
  EXPECT_EQ(before, counted.computed.value());
  EXPECT_TRUE(counted.rdd.isCheckpointed());
  EXPECT_EQ(std::nullopt, counted.rdd.getCheckpointFile());
}

}  // namespace
}  // namespace spate
