#include "spate/dstream/StreamTest.h"

// What a context does from its making to its end, as Spark's StreamingContextSuite has it.

namespace spate::testing {
namespace {

using std::string;
using ::testing::HasSubstr;

class StreamingContextLife : public ::testing::Test {
 protected:
  /// A context with one output that does nothing.
  StreamingContext withOutput() {
    StreamingContext context = world_.context();
    inputStream(world_, context, Batches<int>{{1}}).foreachRDD([](const auto&) {});
    return context;
  }

  StreamWorld world_;
};

TEST_F(StreamingContextLife, goesFromInitializedToActiveToStopped) {
  StreamingContext context = withOutput();
  EXPECT_EQ(context.getState(), StreamingContextState::INITIALIZED);
  context.start();
  EXPECT_EQ(context.getState(), StreamingContextState::ACTIVE);
  context.start();  // a warning
  EXPECT_EQ(context.getState(), StreamingContextState::ACTIVE);
  context.stop(false);
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
  context.stop(false);  // a warning
  EXPECT_FALSE(world_.sc.isStopped());
  context.stop(true);
  EXPECT_TRUE(world_.sc.isStopped());
}

TEST_F(StreamingContextLife, isMadeFromASparkContextOrItsConf) {
  EXPECT_EQ(withOutput().sparkContext().appName(), "test");
  EXPECT_EQ(withOutput().batchDuration(), kBatch);
  world_.sc.stop();
  StreamingContext own(StreamWorld::localConf(1).setAppName("of its own"), Seconds(2));
  EXPECT_EQ(own.sparkContext().appName(), "of its own");
  EXPECT_EQ(own.batchDuration(), Seconds(2));
  own.stop();
  EXPECT_TRUE(own.sparkContext().isStopped());
}

TEST_F(StreamingContextLife, aBatchDurationThatIsNotPositiveIsRefused) {
  EXPECT_THAT(messageOf<IllegalArgumentException>([&] { world_.context(Milliseconds(0)); }),
              HasSubstr("batch duration must be positive"));
}

TEST_F(StreamingContextLife, withoutOutputsItDoesNotStart) {
  StreamingContext context = world_.context();
  inputStream(world_, context, Batches<int>{{1}}).map([](int x) { return x; });
  EXPECT_EQ(messageOf<IllegalArgumentException>([&] { context.start(); }),
            "requirement failed: No output operations registered, so nothing to execute");
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
  EXPECT_FALSE(StreamingContext::getActive());
}

TEST_F(StreamingContextLife, cannotBeStartedAgain) {
  StreamingContext context = withOutput();
  context.start();
  context.stop(false);
  EXPECT_EQ(messageOf<IllegalStateException>([&] { context.start(); }),
            "StreamingContext has already been stopped");
}

TEST_F(StreamingContextLife, stoppedBeforeItsStartItCannotBeStarted) {
  StreamingContext context = withOutput();
  context.stop(false);
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
  EXPECT_EQ(messageOf<IllegalStateException>([&] { context.start(); }),
            "StreamingContext has already been stopped");
}

TEST_F(StreamingContextLife, onlyOneMayBeActive) {
  StreamingContext first = withOutput();
  first.start();
  StreamingContext second = withOutput();
  EXPECT_THAT(messageOf<IllegalStateException>([&] { second.start(); }),
              HasSubstr("Only one StreamingContext may be started in this process"));
  EXPECT_EQ(first.getState(), StreamingContextState::ACTIVE);
  first.stop(false);
  StreamingContext third = withOutput();
  third.start();
  EXPECT_EQ(third.getState(), StreamingContextState::ACTIVE);
}

TEST_F(StreamingContextLife, getActiveFindsTheOneThatRuns) {
  EXPECT_FALSE(StreamingContext::getActive());
  StreamingContext context = withOutput();
  EXPECT_FALSE(StreamingContext::getActive());
  const auto creating = [&] { return withOutput(); };
  EXPECT_EQ(StreamingContext::getActiveOrCreate(creating).getState(),
            StreamingContextState::INITIALIZED);
  context.start();
  ASSERT_TRUE(StreamingContext::getActive());
  EXPECT_EQ(StreamingContext::getActive()->application(), context.application());
  EXPECT_EQ(StreamingContext::getActiveOrCreate(creating).application(), context.application());
  EXPECT_EQ(StreamingContext::getActiveOrCreate(world_.checkpoint(), creating).application(),
            context.application());
  context.stop(false);
  EXPECT_FALSE(StreamingContext::getActive());
}

TEST_F(StreamingContextLife, changesAfterTheStartAreRefused) {
  StreamingContext context = world_.context();
  auto stream = inputStream(world_, context, Batches<int>{{1}});
  auto mapped = stream.map([](int x) { return x; });
  mapped.foreachRDD([](const auto&) {});
  context.start();
  const string refused =
      "Adding new inputs, transformations, and output operations after starting a context is not "
      "supported";
  EXPECT_EQ(messageOf<IllegalStateException>([&] { stream.map([](int x) { return x; }); }),
            refused);
  EXPECT_EQ(messageOf<IllegalStateException>([&] { stream.foreachRDD([](const auto&) {}); }),
            refused);
  EXPECT_EQ(messageOf<IllegalStateException>([&] { context.queueStream(std::vector<RDD<int>>{}); }),
            refused);
  EXPECT_EQ(messageOf([&] { mapped.persist(); }),
            "Cannot change storage level of a DStream after streaming context has started");
  EXPECT_EQ(messageOf([&] { mapped.checkpoint(Seconds(1)); }),
            "Cannot change checkpoint interval of a DStream after streaming context has started");
}

TEST_F(StreamingContextLife, awaitTerminationOrTimeoutSaysWhetherItEnded) {
  StreamingContext context = withOutput();
  EXPECT_FALSE(context.awaitTerminationOrTimeout(Milliseconds(1)));
  context.start();
  EXPECT_FALSE(context.awaitTerminationOrTimeout(Milliseconds(1)));
  context.stop(false);
  EXPECT_TRUE(context.awaitTerminationOrTimeout(Seconds(10)));
  context.awaitTermination();
}

TEST_F(StreamingContextLife, aThreadThatWaitsIsWokenByTheStop) {
  StreamingContext context = withOutput();
  context.start();
  std::thread waiting([&] { context.awaitTermination(); });
  context.stop(false);
  waiting.join();
}

TEST_F(StreamingContextLife, aThreadThatWaitsBeforeTheStartSeesTheEnd) {
  StreamingContext context = withOutput();
  std::thread waiting([&] { context.awaitTermination(); });
  context.start();
  context.stop(false);
  waiting.join();
}

TEST_F(StreamingContextLife, stopInsideABatchLetsTheBatchEnd) {
  StreamingContext context = world_.context();
  std::vector<int64_t> times;
  inputStream(world_, context, Batches<int>{{1}, {2}, {3}}).foreachRDD([&](const auto&, Time time) {
    if (time == Time(2000)) context.stop(false);
    times.push_back(time.milliseconds());
  });
  context.checkpoint(world_.checkpoint());
  context.start();
  world_.clock->advance(Seconds(5).toMillis());
  context.awaitTermination();
  EXPECT_EQ(times, (std::vector<int64_t>{1000, 2000}));
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
  EXPECT_TRUE(world_.disk->exists(joinPath(world_.checkpoint(), "commits/1")));
}

TEST_F(StreamingContextLife, stopGracefullyRunsWhatIsInTheQueue) {
  StreamingContext context = world_.context();
  auto output = collectOutput(inputStream(world_, context, Batches<int>{{1}, {2}, {3}}));
  context.start();
  world_.runBatches(context);
  std::thread stopping([&] { context.stop(false, true); });
  while (!context.awaitTerminationOrTimeout(Milliseconds(1)))
    world_.clock->advance(kBatch.toMillis());
  stopping.join();
  EXPECT_THAT(*output, ::testing::ElementsAre(std::vector{1}, std::vector{2}, std::vector{3},
                                              std::vector<int>{}));
}

TEST_F(StreamingContextLife, batchTimesAreMultiplesOfTheBatchDuration) {
  world_.clock->advance(Millis(1300));
  StreamingContext context = world_.context();
  std::vector<int64_t> times;
  inputStream(world_, context, Batches<int>{}).foreachRDD([&](const auto&, Time time) {
    times.push_back(time.milliseconds());
  });
  context.start();
  world_.runBatches(context, 3);
  EXPECT_EQ(times, (std::vector<int64_t>{2000, 3000, 4000}));
}

TEST_F(StreamingContextLife, aBatchThatIsLateRunsUnderItsOwnTime) {
  StreamingContext context = world_.context();
  std::vector<int64_t> times;
  inputStream(world_, context, Batches<int>{}).foreachRDD([&](const auto&, Time time) {
    times.push_back(time.milliseconds());
  });
  context.start();
  world_.clock->waitUntilIdle();
  world_.clock->advance(Seconds(3).toMillis());
  world_.clock->waitUntilIdle();
  EXPECT_EQ(times, (std::vector<int64_t>{1000, 2000, 3000}));
}

TEST_F(StreamingContextLife, aFunctionThatThrowsEndsTheStreamWithItsMessageAndTheOperation) {
  StreamingContext context = world_.context();
  inputStream(world_, context, Batches<int>{{1}, {2}})
      .map([](int x) {
        if (x == 2) throw std::runtime_error("two is too much");
        return x;
      })
      .foreachRDD([](const auto& rdd) { rdd.collect(); });
  context.start();
  world_.runBatches(context);
  const string message = messageOf([&] { world_.runBatches(context); });
  EXPECT_THAT(message, HasSubstr("two is too much"));
  EXPECT_THAT(message, HasSubstr("map"));
  // Again for everybody who waits; the context counts as active until it is stopped, as in Spark.
  EXPECT_THAT(messageOf([&] { context.awaitTermination(); }), HasSubstr("two is too much"));
  EXPECT_THAT(messageOf([&] { context.awaitTerminationOrTimeout(Seconds(1)); }),
              HasSubstr("two is too much"));
  EXPECT_EQ(context.getState(), StreamingContextState::ACTIVE);
  ASSERT_EQ(world_.counter->count(), 2u);
  EXPECT_THAT(world_.counter->infos().back().failureReason.value_or(""),
              HasSubstr("two is too much"));
  context.stop(false);
  EXPECT_EQ(context.getState(), StreamingContextState::STOPPED);
}

TEST_F(StreamingContextLife, functionsOfTheDriverThatThrowAreNamedToo) {
  const auto failing = [&](auto build) {
    StreamingContext context = world_.context();
    context.checkpoint(world_.checkpoint());
    build(inputStream(world_, context, Batches<std::pair<int, int>>{{{1, 2}}}));
    context.start();
    const string message = messageOf([&] { world_.runBatches(context); });
    context.stop(false);
    EXPECT_THAT(message, HasSubstr("no luck"));
    return message;
  };
  EXPECT_THAT(failing([](auto s) {
                s.foreachRDD([](const auto&) { throw std::runtime_error("no luck"); });
              }),
              HasSubstr("foreachRDD of stream 1"));
  EXPECT_THAT(failing([](auto s) {
                s.transform([](auto rdd) {
                   if (rdd.getNumPartitions() > 0) throw std::runtime_error("no luck");
                   return rdd;
                 }).foreachRDD([](const auto&) {});
              }),
              HasSubstr("transform of stream 1"));
  EXPECT_THAT(failing([](auto s) {
                s.template updateStateByKey<int>([](std::vector<int>, std::optional<int> state) {
                   if (!state) throw std::runtime_error("no luck");
                   return state;
                 }).foreachRDD([](const auto&) {});
              }),
              HasSubstr("updateStateByKey of stream 1"));
  EXPECT_THAT(
      failing([](auto s) {
        s.mapWithState(stateSpec<int, int, int>([](const int&, std::optional<int> v, State<int>&) {
           if (v) throw std::runtime_error("no luck");
           return 0;
         })).foreachRDD([](const auto&) {});
      }),
      HasSubstr("mapWithState of stream 1"));
}

TEST_F(StreamingContextLife, aTaskThatIsTriedAgainFindsTheStateAsItWas) {
  world_.sc.stop();
  StreamWorld world(StreamWorld::localConf(2).setMaster("local[2,3]"));
  StreamingContext context = world.context();
  context.checkpoint(world.checkpoint());
  std::atomic<int> failures = 0;
  auto output = collectOutput(
      inputStream(world, context, Batches<std::pair<int, int>>{{{1, 1}, {2, 1}}, {{1, 1}, {2, 1}}})
          .updateStateByKey<int>(
              [&](std::vector<int> values, std::optional<int> sum) -> std::optional<int> {
                const int all = sum.value_or(0) + static_cast<int>(values.size());
                if (all == 2 && failures++ == 1) throw std::runtime_error("once");
                return all;
              },
              1));
  context.start();
  world.runBatches(context, 2);
  EXPECT_GT(failures, 2);
  EXPECT_EQ(sorted(*output), (Batches<std::pair<int, int>>{{{1, 1}, {2, 1}}, {{1, 2}, {2, 2}}}));
}

class EventLog final : public StreamingListener {
 public:
  void onStreamingStarted(Time time) override { note("started " + time.toString()); }
  void onBatchSubmitted(const BatchInfo& info) override {
    note("submitted " + info.batchTime.toString());
  }
  void onBatchStarted(const BatchInfo& info) override {
    EXPECT_TRUE(info.processingStartTime);
    EXPECT_FALSE(info.processingEndTime);
    note("begun " + info.batchTime.toString());
  }
  void onBatchCompleted(const BatchInfo& info) override {
    EXPECT_TRUE(info.totalDelay());
    EXPECT_EQ(*info.totalDelay(), *info.schedulingDelay() + *info.processingDelay());
    note("completed " + info.batchTime.toString());
  }
  std::vector<string> taken() {
    std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

 private:
  void note(string event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  std::mutex mutex_;
  std::vector<string> events_;
};

TEST_F(StreamingContextLife, listenersAreToldInOrder) {
  StreamingContext context = withOutput();
  auto log = std::make_shared<EventLog>();
  context.addStreamingListener(log);
  context.start();
  world_.runBatches(context, 2);
  EXPECT_EQ(log->taken(), (std::vector<string>{"started 0 ms", "submitted 1000 ms", "begun 1000 ms",
                                               "completed 1000 ms", "submitted 2000 ms",
                                               "begun 2000 ms", "completed 2000 ms"}));
  context.removeStreamingListener(log);
  world_.runBatches(context);
  EXPECT_TRUE(log->taken().empty());
}

TEST_F(StreamingContextLife, aListenerThatThrowsDisturbsNobody) {
  struct Throwing final : StreamingListener {
    void onBatchStarted(const BatchInfo&) override { throw std::runtime_error("not my day"); }
  };
  StreamingContext context = withOutput();
  context.addStreamingListener(std::make_shared<Throwing>());
  context.start();
  world_.runBatches(context, 2);
  EXPECT_EQ(world_.counter->count(), 2u);
}

}  // namespace
}  // namespace spate::testing
