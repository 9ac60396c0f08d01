#include <gmock/gmock.h>

#include <atomic>

#include "spate/dstream/BlockGenerator.h"

namespace spate {
namespace {

using testing::ElementsAre;

/// Pushed blocks as "records@milliseconds".
class Blocks {
 public:
  explicit Blocks(std::shared_ptr<Clock> clock, size_t maxBlockBytes = 1000) {
    BlockGenerator::Options options;
    options.clock = std::move(clock);
    options.maxBlockBytes = maxBlockBytes;
    options.push = [this](RecordBuffer buffer, Timestamp time) {
      std::lock_guard lock(mutex_);
      blocks_.push_back(buffer.bytes + "@" + std::to_string(millisOf(time)));
      return status;
    };
    generator = std::make_unique<BlockGenerator>(std::move(options));
  }
  Status append(const std::string& record) {
    return generator->append([&](RecordBuffer& buffer) {
      buffer.bytes += record;
      ++buffer.count;
    });
  }
  std::vector<std::string> pushed() const {
    std::lock_guard lock(mutex_);
    return blocks_;
  }

  Status status;
  std::unique_ptr<BlockGenerator> generator;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> blocks_;
};

class BlockGeneratorTest : public testing::Test {
 protected:
  void advance(int64_t millis) {
    clock_->waitUntilIdle();
    clock_->advance(Millis(millis));
    clock_->waitUntilIdle();
  }
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(timestampOfMillis(10'050));
};

TEST_F(BlockGeneratorTest, cutsABlockPerIntervalAtMultiplesOfIt) {
  Blocks blocks(clock_);
  blocks.generator->start();
  ASSERT_TRUE(blocks.append("a").ok());
  advance(100);
  ASSERT_TRUE(blocks.append("b").ok());
  advance(50);
  ASSERT_TRUE(blocks.append("c").ok());
  advance(200);
  EXPECT_THAT(blocks.pushed(), ElementsAre("ab@10200", "c@10400"));
}

TEST_F(BlockGeneratorTest, anIntervalWithoutRecordsGivesNoBlock) {
  Blocks blocks(clock_);
  blocks.generator->start();
  advance(1000);
  ASSERT_TRUE(blocks.append("a").ok());
  advance(1000);
  EXPECT_THAT(blocks.pushed(), ElementsAre("a@11200"));
}

TEST_F(BlockGeneratorTest, stopPushesWhatIsThere) {
  Blocks blocks(clock_);
  blocks.generator->start();
  ASSERT_TRUE(blocks.append("a").ok());
  blocks.generator->stop();
  EXPECT_THAT(blocks.pushed(), ElementsAre("a@10050"));
}

TEST_F(BlockGeneratorTest, refusesRecordsBeforeStartAndAfterStop) {
  Blocks blocks(clock_);
  EXPECT_EQ(blocks.append("a").code(), StatusCode::kCancelled);
  blocks.generator->start();
  blocks.generator->stop();
  EXPECT_EQ(blocks.append("a").code(), StatusCode::kCancelled);
}

TEST_F(BlockGeneratorTest, aVeryLargeBlockIsCutBeforeItsTime) {
  Blocks blocks(clock_, 3);
  blocks.generator->start();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(blocks.append("ab").ok());
  advance(150);
  EXPECT_THAT(blocks.pushed(), ElementsAre("abab@10050", "abab@10200"));
}

TEST_F(BlockGeneratorTest, afterCancelledNothingMoreIsPushed) {
  Blocks blocks(clock_);
  blocks.status = Status::cancelled("the disk is full and the program ends");
  blocks.generator->start();
  ASSERT_TRUE(blocks.append("a").ok());
  advance(150);
  ASSERT_TRUE(blocks.append("b").ok());
  blocks.generator->stop();
  EXPECT_THAT(blocks.pushed(), ElementsAre("a@10200"));
}

}  // namespace
}  // namespace spate
