#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "spate/connect/ResponseBuffer.h"

namespace spate::connect {
namespace {

using std::chrono::milliseconds;
using Kind = ResponseBuffer::Taken::Kind;

class Text : public Response {
 public:
  explicit Text(size_t bytes) : bytes_(bytes) {}
  size_t byteSize() const override { return bytes_; }

 private:
  size_t bytes_;
};

auto soon() { return ResponseBuffer::Clock::now() + std::chrono::minutes(1); }
auto now() { return ResponseBuffer::Clock::now(); }

bool add(ResponseBuffer& buffer, const std::string& id, size_t bytes = 1) {
  return buffer.add(id, std::make_shared<Text>(bytes));
}

/// The ids of what is left for that stream.
std::vector<std::string> takeAll(ResponseBuffer& buffer, uint64_t stream) {
  std::vector<std::string> ids;
  for (auto taken = buffer.take(stream, soon()); taken.kind == Kind::kResponse;
       taken = buffer.take(stream, soon())) {
    ids.push_back(taken.id);
  }
  return ids;
}

TEST(ResponseBuffer, streamTakesAllAnswersAndTheOutcome) {
  ResponseBuffer buffer;
  const uint64_t stream = buffer.attach(std::nullopt).value();
  add(buffer, "a");
  add(buffer, "b");
  buffer.finish(Status::internal("late"));
  EXPECT_EQ(buffer.take(stream, soon()).id, "a");
  EXPECT_EQ(buffer.take(stream, soon()).id, "b");
  const auto end = buffer.take(stream, soon());
  EXPECT_EQ(end.kind, Kind::kEnd);
  EXPECT_EQ(end.outcome.message(), "late");
  EXPECT_TRUE(buffer.hasFailed());
}

TEST(ResponseBuffer, answersStayForAnotherStreamUntilTheyAreReleased) {
  ResponseBuffer buffer;
  for (const char* id : {"a", "b", "c"}) add(buffer, id);
  buffer.finish(Status::OK());
  const std::vector<std::string> all{"a", "b", "c"};
  EXPECT_EQ(takeAll(buffer, buffer.attach(std::nullopt).value()), all);
  EXPECT_EQ(takeAll(buffer, buffer.attach(std::nullopt).value()), all);
  EXPECT_EQ(takeAll(buffer, buffer.attach("a").value()), (std::vector<std::string>{"b", "c"}));
  buffer.releaseUntil("b");
  EXPECT_EQ(takeAll(buffer, buffer.attach(std::nullopt).value()), std::vector<std::string>{"c"});
  // The release was faster than the new stream.
  EXPECT_EQ(takeAll(buffer, buffer.attach("b").value()), std::vector<std::string>{"c"});
  const auto gone = buffer.attach("a");
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().errorClass(), "INVALID_CURSOR.POSITION_NOT_FOUND");
}

TEST(ResponseBuffer, releaseOfWhatIsReleasedIsFine) {
  ResponseBuffer buffer;
  add(buffer, "a");
  buffer.releaseUntil("a");
  buffer.releaseUntil("a");
  buffer.releaseUntil("never");
  add(buffer, "b");
  buffer.finish(Status::OK());
  EXPECT_EQ(takeAll(buffer, buffer.attach("a").value()), std::vector<std::string>{"b"});
}

TEST(ResponseBuffer, newStreamDisconnectsTheOneBefore) {
  ResponseBuffer buffer;
  const uint64_t first = buffer.attach(std::nullopt).value();
  Kind kind = Kind::kTimeout;
  std::thread reader([&] { kind = buffer.take(first, soon()).kind; });
  const uint64_t second = buffer.attach(std::nullopt).value();
  reader.join();
  EXPECT_EQ(kind, Kind::kDisconnected);
  add(buffer, "a");
  EXPECT_EQ(buffer.take(second, soon()).id, "a");
}

TEST(ResponseBuffer, takeComesBackAtItsDeadline) {
  ResponseBuffer buffer;
  const uint64_t stream = buffer.attach(std::nullopt).value();
  EXPECT_EQ(buffer.take(stream, now()).kind, Kind::kTimeout);
}

TEST(ResponseBuffer, slowReaderHoldsTheOperationBack) {
  ResponseBuffer buffer(100);
  const uint64_t stream = buffer.attach(std::nullopt).value();
  add(buffer, "a", 60);
  add(buffer, "b", 60);
  std::atomic<bool> isAdded = false;
  std::thread operation([&] {
    add(buffer, "c", 60);
    isAdded = true;
  });
  EXPECT_FALSE(isAdded);
  EXPECT_EQ(buffer.take(stream, soon()).id, "a");
  operation.join();
  // What was sent once does not count again.
  const uint64_t again = buffer.attach(std::nullopt).value();
  EXPECT_EQ(buffer.take(again, soon()).id, "a");
  EXPECT_EQ(buffer.take(again, soon()).id, "b");
  EXPECT_TRUE(add(buffer, "d", 60));
}

TEST(ResponseBuffer, closeEndsBothSides) {
  ResponseBuffer buffer(10);
  const uint64_t stream = buffer.attach(std::nullopt).value();
  add(buffer, "a", 20);
  bool isAdded = true;
  std::thread operation([&] { isAdded = add(buffer, "b"); });
  buffer.close();
  operation.join();
  EXPECT_FALSE(isAdded);
  EXPECT_EQ(buffer.take(stream, soon()).kind, Kind::kDisconnected);
}

TEST(ResponseBuffer, tellsSinceWhenNobodyReads) {
  ResponseBuffer buffer;
  EXPECT_TRUE(buffer.detachedSince().has_value());
  const uint64_t first = buffer.attach(std::nullopt).value();
  EXPECT_FALSE(buffer.detachedSince().has_value());
  const uint64_t second = buffer.attach(std::nullopt).value();
  buffer.detach(first);
  EXPECT_FALSE(buffer.detachedSince().has_value()) << "the second reads";
  buffer.detach(second);
  EXPECT_LE(*buffer.detachedSince(), now());
}

}  // namespace
}  // namespace spate::connect
