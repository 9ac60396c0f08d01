#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "spate/connect/OperationThreads.h"
#include "spate/connect/SessionTable.h"
#include "spate/connect/TestSession.h"
#include "spate/connect/Uuid.h"

namespace spate::connect {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const std::string kId = "00112233-4455-6677-8899-aabbccddeeff";

template <class T>
std::string classOf(const Result<T>& result) {
  return result.has_value() ? "ok" : result.error().errorClass();
}

class SessionTableTest : public testing::Test {
 protected:
  TestSessionFactory factory;
  SessionTable table{factory};
};

TEST_F(SessionTableTest, sessionIsMadeOnceForEachUserAndId) {
  const auto first = table.getOrMake({"ann", kId}, "").value();
  EXPECT_EQ(table.getOrMake({"ann", kId}, first->serverSideId()).value(), first);
  EXPECT_NE(table.getOrMake({"bob", kId}, "").value(), first);
  EXPECT_EQ(factory.made.size(), 2U);
}

TEST_F(SessionTableTest, idIsAUuidInEitherCase) {
  EXPECT_EQ(classOf(table.getOrMake({"", "me"}, "")), "INVALID_HANDLE.FORMAT");
  const auto first = table.getOrMake({"", kId}, "").value();
  EXPECT_EQ(table.getOrMake({"", "00112233-4455-6677-8899-AABBCCDDEEFF"}, "").value(), first);
}

TEST_F(SessionTableTest, clientOfAnotherServerIsTold) {
  EXPECT_EQ(classOf(table.getOrMake({"", kId}, randomUuid())), "INVALID_HANDLE.SESSION_CHANGED");
  const auto session = table.getOrMake({"", kId}, "").value();
  EXPECT_EQ(classOf(table.get({"", kId}, randomUuid())), "INVALID_HANDLE.SESSION_CHANGED");
  EXPECT_EQ(classOf(table.get({"", kId}, session->serverSideId())), "ok");
  EXPECT_EQ(classOf(table.get({"", randomUuid()}, "")), "INVALID_HANDLE.SESSION_NOT_FOUND");
}

TEST_F(SessionTableTest, releasedSessionIsClosedForGood) {
  const auto session = table.getOrMake({"", kId}, "").value();
  EXPECT_EQ(table.release({"", kId}, false).value(), session->serverSideId());
  EXPECT_EQ(factory.made[0]->closed, 1);
  EXPECT_EQ(classOf(table.getOrMake({"", kId}, "")), "INVALID_HANDLE.SESSION_CLOSED");
  EXPECT_EQ(classOf(session->begin(randomUuid(), {}, true)), "INVALID_HANDLE.SESSION_CLOSED");
  EXPECT_EQ(table.release({"", kId}, false).value(), "");
}

TEST_F(SessionTableTest, releasedSessionMayComeBackWhereTheClientSaysSo) {
  const auto session = table.getOrMake({"", kId}, "").value();
  ASSERT_TRUE(table.release({"", kId}, true).has_value());
  EXPECT_NE(table.getOrMake({"", kId}, "").value(), session);
}

TEST_F(SessionTableTest, cloneHasAnIdThatNoSessionHad) {
  const auto session = table.getOrMake({"", kId}, "").value();
  const auto copy = table.clone({"", kId}, "", std::nullopt).value();
  EXPECT_TRUE(isUuid(copy->identity().sessionId));
  EXPECT_NE(copy->serverSideId(), session->serverSideId());
  EXPECT_EQ(classOf(table.clone({"", kId}, "", kId)),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS");
  EXPECT_EQ(classOf(table.clone({"", kId}, "", "me")),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_FORMAT");
  ASSERT_TRUE(table.release(copy->identity(), false).has_value());
  EXPECT_EQ(classOf(table.clone({"", kId}, "", copy->identity().sessionId)),
            "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_CLOSED");
}

TEST_F(SessionTableTest, idleSessionIsClosedAndABusyOneIsNot) {
  const auto idle = table.getOrMake({"idle", kId}, "").value();
  const auto busy = table.getOrMake({"busy", kId}, "").value();
  const auto operation = busy->begin(randomUuid(), {}, false).value();
  ASSERT_TRUE(operation->responses().attach(std::nullopt).has_value());
  table.releaseIdle(hours(1), hours(1));
  EXPECT_EQ(factory.made[0]->closed, 0);
  table.releaseIdle(milliseconds(0), hours(1));
  EXPECT_EQ(factory.made[0]->closed, 1);
  EXPECT_EQ(factory.made[1]->closed, 0);
  operation->responses().finish(Status::OK());
  table.releaseIdle(milliseconds(0), hours(1));
  EXPECT_EQ(factory.made[1]->closed, 1);
}

TEST_F(SessionTableTest, operationThatWasLeftIsStopped) {
  const auto session = table.getOrMake({"", kId}, "").value();
  const auto left = session->begin("left", {}, true).value();
  const auto read = session->begin("read", {}, true).value();
  ASSERT_TRUE(read->responses().attach(std::nullopt).has_value());
  table.releaseIdle(hours(1), milliseconds(0));
  EXPECT_TRUE(left->stopToken().stop_requested());
  EXPECT_FALSE(read->stopToken().stop_requested());
  EXPECT_EQ(classOf(session->operation("left")), "INVALID_HANDLE.OPERATION_ABANDONED");
  EXPECT_EQ(classOf(session->operation("other")), "INVALID_HANDLE.OPERATION_NOT_FOUND");
  EXPECT_EQ(classOf(session->begin("read", {}, true)), "INVALID_HANDLE.OPERATION_ALREADY_EXISTS");
}

TEST_F(SessionTableTest, interruptReachesThoseWithTheTag) {
  const auto session = table.getOrMake({"", kId}, "").value();
  const auto tagged = session->begin("tagged", {"a", "b"}, true).value();
  const auto plain = session->begin("plain", {}, true).value();
  const auto done = session->begin("done", {"a"}, true).value();
  done->responses().finish(Status::OK());
  EXPECT_EQ(session->interrupt("a"), std::vector<std::string>{"tagged"});
  EXPECT_TRUE(tagged->stopToken().stop_requested());
  EXPECT_FALSE(plain->stopToken().stop_requested());
  EXPECT_EQ(session->interrupt(std::nullopt).size(), 2U);
}

TEST_F(SessionTableTest, closingStopsWhatRunsAndWaitsForIt) {
  OperationThreads threads;
  const auto session = table.getOrMake({"", kId}, "").value();
  const auto operation = session->begin("runs", {}, true).value();
  std::atomic<bool> hasEnded = false;
  threads.start([operation, &hasEnded] {
    while (!operation->stopToken().stop_requested()) std::this_thread::yield();
    hasEnded = true;
  });
  table.closeAll();
  threads.wait();
  EXPECT_TRUE(hasEnded);
}

TEST_F(SessionTableTest, errorsAreKeptUntilManyCameAfterThem) {
  const auto session = table.getOrMake({"", kId}, "").value();
  const std::string first = session->keepError(describeError(Status::internal("first")));
  EXPECT_EQ(session->error(first)->message, "first");
  for (int i = 0; i < 1000; ++i) session->keepError(describeError(Status::internal("more")));
  EXPECT_FALSE(session->error(first).has_value());
}

TEST_F(SessionTableTest, newListenerBusTakesThePlaceOfTheOneBefore) {
  const auto session = table.getOrMake({"", kId}, "").value();
  const auto first = session->openListenerBus();
  const auto second = session->openListenerBus();
  EXPECT_EQ(factory.made[0]->noStreams.listeners.size(), 1U);
  EXPECT_TRUE(first->wait({}).empty()) << "closed";
  second->onEvent({StreamingQueryEventType::kStarted, "i", "r", "{1}"});
  second->onEvent({StreamingQueryEventType::kProgress, "i", "r", "{2}"});
  EXPECT_EQ(second->takeStarted("r"), "{1}");
  EXPECT_EQ(second->takeStarted("r"), std::nullopt);
  const auto events = second->wait({});
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].json, "{2}");
  session->closeListenerBus(first);
  EXPECT_EQ(session->listenerBus(), second);
  session->closeListenerBus();
  EXPECT_TRUE(factory.made[0]->noStreams.listeners.empty());
}

}  // namespace
}  // namespace spate::connect
