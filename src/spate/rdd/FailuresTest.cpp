#include <gmock/gmock.h>

#include <condition_variable>
#include <thread>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Failures, aThrowingFunctionFailsTheJobWithItsMessageAndOperation) {
  TestContext context;
  const auto rdd = context.sc.range(0, 4, 1, 1).map([](int64_t i) -> int64_t {
    if (i == 2) throw std::runtime_error("no twos");
    return i;
  });
  EXPECT_EQ(
      "Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: "
      "Lost task 0.0 in stage 0.0: map at RDD 1: no twos",
      messageOf([&] { rdd.count(); }));
  EXPECT_THROW(rdd.count(), SparkTaskException);
  EXPECT_EQ(2u, rdd.take(2).size()) << "the element was not reached";
  EXPECT_THAT(
      messageOf([&] { context.sc.range(0, 2).foreach ([](int64_t) { throw std::string("x"); }); }),
      HasSubstr("foreach at RDD"));
}

TEST(Failures, tasksAreTriedAgainFromTheLineage) {
  TestContext context("local[2,3]");
  std::atomic<int> left{2};
  const auto flaky = context.sc.range(0, 6, 1, 2).map([&left](int64_t i) {
    if (i == 5 && left-- > 0) throw std::runtime_error("not yet");
    return i;
  });
  EXPECT_THAT(flaky.collect(), ElementsAre(0, 1, 2, 3, 4, 5));
  left = 3;
  EXPECT_THAT(messageOf([&] { flaky.count(); }), HasSubstr("failed 3 times"));
}

TEST(Failures, aFailedShuffleIsMadeAgainByTheNextJob) {
  TestContext context;
  std::atomic<bool> broken{true};
  const auto sums = context.sc.range(0, 6, 1, 2)
                        .map([&broken](int64_t i) {
                          if (broken) throw std::runtime_error("broken");
                          return std::pair(i % 2, i);
                        })
                        .reduceByKey(std::plus<>());
  EXPECT_NE("", messageOf([&] { sums.count(); }));
  broken = false;
  EXPECT_EQ(9, sums.collectAsMap()[1]);
}

TEST(Failures, maxFailuresIsASettingOfItsOwn) {
  TestContext context("local[1]", {{"spark.task.maxFailures", "4"}});
  EXPECT_EQ(4, context.sc.context()->maxTaskFailures());
}

TEST(Failures, actionsInsideOfTasksAreRefused) {
  TestContext context;
  const auto other = context.sc.range(0, 3);
  EXPECT_THAT(messageOf([&] {
                context.sc.range(0, 1).map([other](int64_t) { return other.count(); }).count();
              }),
              HasSubstr("SPARK-5063"));
}

TEST(Failures, aStoppedContextRunsNothing) {
  TestContext context;
  const auto rdd = context.sc.range(0, 3);
  context.sc.stop();
  EXPECT_EQ("Cannot call methods on a stopped SparkContext.", messageOf([&] { rdd.count(); }));
}

TEST(Failures, aCancelledGroupEndsItsJobs) {
  TestContext context("local[1]");
  std::mutex mutex;
  std::condition_variable changed;
  bool running = false;
  bool cancelled = false;
  std::string message;
  std::thread driver([&] {
    context.sc.setJobGroup("nightly", "a job that takes its time");
    message = messageOf([&] {
      context.sc.range(0, 8, 1, 8).foreach ([&](int64_t) {
        std::unique_lock lock(mutex);
        running = true;
        changed.notify_all();
        changed.wait(lock, [&] { return cancelled; });
      });
    });
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running; });
    context.sc.cancelJobGroup("another");
    context.sc.cancelJobGroup("nightly");
    cancelled = true;
    changed.notify_all();
  }
  driver.join();
  EXPECT_EQ("Job 0 cancelled part of cancelled job group nightly", message);
  EXPECT_EQ(8, context.sc.range(0, 8).count());
}

TEST(Accumulators, countOncePerSuccessfulTask) {
  TestContext context("local[2,4]");
  const auto counter = context.sc.longAccumulator("counter");
  std::atomic<int> failures{3};
  context.sc.range(0, 10, 1, 2).foreach ([&, counter](int64_t i) {
    counter.add(1);
    if (i == 9 && failures-- > 0) throw std::runtime_error("again");
  });
  EXPECT_EQ(10, counter.value());
  EXPECT_EQ(10, counter.count());
  EXPECT_EQ(1.0, counter.avg());
  EXPECT_EQ("counter", counter.name());
  counter.reset();
  EXPECT_TRUE(counter.isZero());
}

TEST(Accumulators, failedJobsAddWhatTheirSuccessfulTasksAdded) {
  TestContext context("local[1]");
  const auto counter = context.sc.longAccumulator();
  EXPECT_NE("", messageOf([&] {
              context.sc.range(0, 4, 1, 2).foreach ([counter](int64_t i) {
                counter.add(1);
                if (i == 3) throw std::runtime_error("no");
              });
            }));
  EXPECT_EQ(2, counter.value());
}

struct Longest final : AccumulatorV2<std::string, std::string> {
  std::unique_ptr<AccumulatorV2> copyAndReset() const override {
    return std::make_unique<Longest>();
  }
  void reset() override { text.clear(); }
  void add(std::string value) override {
    if (value.size() > text.size()) text = std::move(value);
  }
  void merge(const AccumulatorV2& other) override { add(other.value()); }
  bool isZero() const override { return text.empty(); }
  std::string value() const override { return text; }
  std::string text;
};

TEST(Accumulators, comeInSeveralKindsAndYourOwn) {
  TestContext context;
  const SparkContext& sc = context.sc;
  const auto sum = sc.doubleAccumulator();
  const auto all = sc.collectionAccumulator<int64_t>("all");
  const auto from = sc.accumulator(100);
  const auto longest = sc.registerAccumulator(std::make_shared<Longest>(), "longest");
  sc.range(0, 4, 1, 2).foreach ([=](int64_t i) {
    sum.add(0.5);
    all.add(i);
    from += static_cast<int>(i);
    longest.add(std::string(static_cast<size_t>(i), 'x'));
  });
  EXPECT_EQ(2.0, sum.value());
  EXPECT_EQ((std::vector<int64_t>{0, 1, 2, 3}), sorted(all.value()));
  EXPECT_EQ(106, from.value());
  EXPECT_EQ("xxx", longest.value());
  EXPECT_THAT(
      messageOf([&] { sc.range(0, 1).map([sum](int64_t) { return sum.value(); }).count(); }),
      HasSubstr("Can't read accumulator value in task"));
}

TEST(Broadcasts, areReadByTasksUntilDestroyed) {
  TestContext context;
  const auto names = context.sc.broadcast(std::map<int64_t, std::string>{{1, "one"}});
  const auto found =
      context.sc.range(0, 2).filter([names](int64_t i) { return names.value().contains(i); });
  EXPECT_THAT(found.collect(), ElementsAre(1));
  names.unpersist();
  EXPECT_EQ("one", names->at(1));
  names.destroy();
  const std::string message = "Attempted to use Broadcast(0) after it was destroyed (destroy)";
  EXPECT_EQ(message, messageOf([&] { names.value(); }));
  EXPECT_EQ(message, messageOf([&] { names.destroy(); }));
  EXPECT_THAT(messageOf([&] { found.count(); }), HasSubstr(message));
}

TEST(Contexts, onlyOneIsActiveAtATime) {
  TestContext context;
  EXPECT_THAT(messageOf([] { SparkContext("local", "second"); }), HasSubstr("SPARK-2243"));
  EXPECT_EQ(context.sc.context(), SparkContext::getOrCreate().context());
  EXPECT_EQ("A master URL must be set in your configuration",
            messageOf([] { SparkContext(SparkConf().setAppName("x")); }));
}

}  // namespace
}  // namespace spate
