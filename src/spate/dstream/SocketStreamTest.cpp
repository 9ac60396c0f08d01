// socketTextStream and socketStream on real sockets and the system's clock.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "spate/dstream/ReceiverTestStreams.h"

namespace spate {
namespace {

using testing::ElementsAre;

/// A server on a free port of the loopback address.
class LoopbackServer {
 public:
  explicit LoopbackServer(int wantedPort = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int yes = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(wantedPort));
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, generic, sizeof(address)), 0);
    socklen_t size = sizeof(address);
    ::getsockname(socket_, generic, &size);
    port = ntohs(address.sin_port);
    EXPECT_EQ(::listen(socket_, 5), 0);
  }
  ~LoopbackServer() {
    hangUp();
    ::close(socket_);
  }
  void accept() { connection_ = ::accept(socket_, nullptr, nullptr); }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }
  void hangUp() {
    if (connection_ >= 0) ::close(connection_);
    connection_ = -1;
  }
  int port = 0;

 private:
  int socket_;
  int connection_ = -1;
};

/// An application with short batches; gathers what comes.
template <class T>
class SocketApplication {
 public:
  explicit SocketApplication(SparkConf conf = {})
      : context(conf.setMaster("local[2]")
                    .setAppName("socket")
                    .setIfMissing("spark.streaming.blockInterval", "10ms")
                    .setIfMissing("spark.streaming.receiverRestartDelay", "20"),
                Milliseconds(50)) {}
  ~SocketApplication() { context.stop(); }

  void start(const DStream<T>& stream) {
    stream.foreachRDD([this](const auto& rdd) {
      const std::vector<T> more = rdd.collect();
      std::lock_guard lock(mutex_);
      records_.insert(records_.end(), more.begin(), more.end());
      changed_.notify_all();
    });
    context.start();
  }
  std::vector<T> await(size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return records_.size() >= n; });
    return records_;
  }
  std::vector<T> records() const {
    std::lock_guard lock(mutex_);
    return records_;
  }
  StreamingContext context;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> records_;
};

using LineApplication = SocketApplication<std::string>;

TEST(SocketTextStream, linesComeInOrder) {
  LoopbackServer server;
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  server.send("to be\r\nor not");
  server.send(" to be\nthat is");
  server.hangUp();
  EXPECT_THAT(app.await(3), ElementsAre("to be", "or not to be", "that is"));
}

TEST(SocketTextStream, objectsAreKeptAtADeserialisedLevel) {
  LoopbackServer server;
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", server.port, StorageLevel::MEMORY_ONLY));
  server.accept();
  server.send("a\nb\n");
  EXPECT_THAT(app.await(2), ElementsAre("a", "b"));
}

TEST(SocketTextStream, aServerThatComesLaterIsFound) {
  RecordedLog log;
  int port = 0;
  {
    LoopbackServer reserved;
    port = reserved.port;
  }
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", port));
  log.await(
      "ReceiverSupervisorImpl: Restarting receiver with delay 20 ms: Error connecting to "
      "127.0.0.1:" +
      std::to_string(port) + ": Connection refused");
  LoopbackServer server(port);
  server.accept();
  server.send("at last\n");
  EXPECT_THAT(app.await(1), ElementsAre("at last"));
}

TEST(SocketTextStream, aServerThatEndsIsConnectedToAgain) {
  RecordedLog log;
  LoopbackServer server;
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  server.send("one\n");
  server.hangUp();
  log.await("Restarting receiver with delay 20 ms: Socket data stream had no more data");
  server.accept();
  server.send("two\n");
  EXPECT_THAT(app.await(2), ElementsAre("one", "two"));
}

TEST(SocketTextStream, whatIsNotUtf8IsReplacedAndLogged) {
  RecordedLog log;
  LoopbackServer server;
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  server.send("na\xEFve\n");
  EXPECT_THAT(app.await(1), ElementsAre("na\xEF\xBF\xBDve"));
  log.await("1 sequences of bytes from 127.0.0.1:");
}

TEST(SocketTextStream, aLineThatIsTooLongIsAnErrorAndTheReceiverGoesOn) {
  LoopbackServer server;
  LineApplication app(SparkConf().set("spate.streaming.socket.maxLineBytes", "1000"));
  auto events = std::make_shared<RecordedEvents>();
  app.context.addStreamingListener(events);
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  server.send("short\n" + std::string(2000, 'x'));
  events->awaitEvents(2);
  EXPECT_THAT(events->receiverEvents()[1],
              testing::HasSubstr("is longer than spate.streaming.socket.maxLineBytes = 1000"));
  server.hangUp();
  server.accept();
  server.send("next\n");
  EXPECT_THAT(app.await(2), ElementsAre("short", "next"));
}

TEST(SocketTextStream, stopsAtOnceAlthoughNothingComes) {
  LoopbackServer server;
  LineApplication app;
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  app.context.stop(true, true);
  EXPECT_EQ(app.context.getState(), StreamingContextState::STOPPED);
}

TEST(SocketTextStream, gracefulStopKeepsAllThatWasReceived) {
  LoopbackServer server;
  LineApplication app(SparkConf().set("spark.streaming.blockInterval", "10s"));
  app.start(app.context.socketTextStream("127.0.0.1", server.port));
  server.accept();
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i) + "\n";
  server.send(text);
  RecordedLog log;
  server.hangUp();
  // By then all has been read; its block would end in seconds only.
  log.await("Socket data stream had no more data");
  app.context.stop(true, true);
  const auto records = app.records();
  ASSERT_EQ(records.size(), 20'000u);
  EXPECT_EQ(records.back(), "line 19999");
}

TEST(SocketStream, theConverterMakesTheRecords) {
  LoopbackServer server;
  SocketApplication<int64_t> app;
  app.start(app.context.socketStream<int64_t>("127.0.0.1", server.port,
                                              [](std::istream& in) -> std::optional<int64_t> {
                                                int64_t number = 0;
                                                if (in >> number) return number;
                                                return std::nullopt;
                                              }));
  server.accept();
  server.send("1 22 33");
  server.send("3 4\n");
  EXPECT_THAT(app.await(4), ElementsAre(1, 22, 333, 4));
}

}  // namespace
}  // namespace spate
