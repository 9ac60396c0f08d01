#include <arpa/inet.h>
#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>

#include "spate/sources/RatePerMicroBatchSource.h"
#include "spate/sources/SocketSource.h"
#include "spate/sources/files/FileTest.h"

namespace spate {
namespace {

OptionMap optionsOf(std::initializer_list<std::pair<const std::string, std::string>> options) {
  return OptionMap(std::map<std::string, std::string>(options));
}

using ::testing::ElementsAre;

/// A server on a free port of this machine that takes one connection.
class Server {
 public:
  Server() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Server() {
    if (connection_ >= 0) ::close(connection_);
    ::close(socket_);
  }
  int port() const { return port_; }
  void send(std::string_view bytes) {
    if (connection_ < 0) connection_ = ::accept(socket_, nullptr, nullptr);
    EXPECT_EQ(::write(connection_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

 private:
  int socket_;
  int connection_ = -1;
  int port_ = 0;
};

class SocketSourceTest : public FileTest {
 protected:
  std::unique_ptr<SocketSource> connect(OptionMap options) {
    options.set("host", "127.0.0.1");
    options.set("port", std::to_string(server_.port()));
    auto source = *SocketSource::make(*SocketSource::Options::parse(options, 2), clock_);
    source->onDataAvailable([this] {
      const std::lock_guard lock(mutex_);
      ++lines_;
      changed_.notify_all();
    });
    return source;
  }
  void waitForLines(int count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return lines_ >= count; }));
  }
  std::vector<std::string> linesOf(Source& source, const OffsetRange& range,
                                   const std::string& ddl = "value string") {
    std::vector<std::string> lines;
    const std::vector<Split> splits = *source.plan(range);
    for (const Split& split : splits) {
      const auto reader = *source.open(split);
      std::shared_ptr<arrow::RecordBatch> batch;
      while (reader->ReadNext(&batch).ok() && batch != nullptr)
        appendRows(*schemaFromDdl(ddl), batch, lines);
    }
    return lines;
  }

  Server server_;
  std::shared_ptr<ManualClock> clock_ =
      std::make_shared<ManualClock>(timestampOfMillis(1577934245000));
  std::mutex mutex_;
  std::condition_variable changed_;
  int lines_ = 0;
};

TEST_F(SocketSourceTest, linesAreKeptUntilTheyAreCommitted) {
  const auto source = connect({});
  EXPECT_EQ(*source->initialOffset(), Offset("-1"));
  server_.send("one\ntwo\r\nth");
  waitForLines(2);
  server_.send("ree\n");
  waitForLines(3);
  const auto latest = *source->latestOffset(Offset("-1"), {});
  EXPECT_EQ(latest, Offset("2"));
  EXPECT_THAT(linesOf(*source, {Offset("-1"), latest}), ElementsAre("one", "three", "two"));
  ASSERT_TRUE(source->commit(Offset("1")).ok());
  EXPECT_THAT(linesOf(*source, {Offset("1"), latest}), ElementsAre("three"));
}

TEST_F(SocketSourceTest, timesAreAddedWhenAskedFor) {
  const auto source = connect(optionsOf({{"includeTimestamp", "true"}}));
  server_.send("one\n");
  waitForLines(1);
  EXPECT_THAT(linesOf(*source, {Offset("-1"), Offset("0")}, "value string, timestamp timestamp"),
              ElementsAre("one|2020-01-02 03:04:05"));
}

TEST_F(SocketSourceTest, afterARestartOffsetsGoOn) {
  const auto source = connect({});
  EXPECT_EQ(*source->latestOffset(Offset("41"), {}), Offset("41"));
  EXPECT_THAT(linesOf(*source, {Offset("40"), Offset("41")}), ::testing::IsEmpty());
  server_.send("one\n");
  waitForLines(1);
  EXPECT_EQ(*source->latestOffset(Offset("41"), {}), Offset("42"));
  EXPECT_THAT(linesOf(*source, {Offset("41"), Offset("42")}), ElementsAre("one"));
}

TEST(SocketSourceOptions, areCheckedInSparksWords) {
  const auto message = [](const std::map<std::string, std::string>& options) {
    const auto parsed = SocketSource::Options::parse(OptionMap(options), 1);
    return parsed ? "" : parsed.error().message();
  };
  EXPECT_EQ(message({}), "Set a host to read from with option(\"host\", ...).");
  EXPECT_EQ(message({{"host", "h"}}), "Set a port to read from with option(\"port\", ...).");
  EXPECT_EQ(message({{"host", "h"}, {"port", "1"}, {"includeTimestamp", "x"}}),
            "includeTimestamp must be set to either \"true\" or \"false\"");
  SocketSource::Options refused;
  refused.host = "127.0.0.1";
  refused.port = 1;
  EXPECT_EQ(SocketSource::make(refused, Clock::system()).error().message(),
            "Could not connect to socket 127.0.0.1:1: Connection refused");
}

TEST_F(SocketSourceTest, rateMicroBatchGivesTheSameRowsToTheSameBatch) {
  const auto source = *RatePerMicroBatchSource::make(
      optionsOf({{"rowsPerBatch", "3"}, {"startTimestamp", "1000"}}), 2);
  const auto start = *source->initialOffset();
  EXPECT_EQ(start, Offset("{\"offset\":0,\"timestamp\":1000}"));
  const auto end = *source->latestOffset(start, {});
  EXPECT_EQ(end, Offset("{\"offset\":3,\"timestamp\":2000}"));
  EXPECT_THAT(
      linesOf(*source, {start, end}, "timestamp timestamp, value bigint"),
      ElementsAre("1970-01-01 00:00:01|0", "1970-01-01 00:00:01|2", "1970-01-01 00:00:01|1"));
  ReadLimit limit;
  limit.notBeyond = end;
  EXPECT_EQ(*source->latestOffset(end, limit), end);
}

}  // namespace
}  // namespace spate
