#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <mutex>
#include <optional>
#include <streambuf>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/Receiver.h"
#include "spate/dstream/SocketConnection.h"

namespace spate {

/// What a socket receiver connects to, and the connection it has.
///
/// Threads: one receives; close() from any.
class SocketClient {
 public:
  SocketClient(std::string host, int port) : host_(std::move(host)), port_(port) {}

  /// "localhost:9999"
  std::string address() const { return host_ + ":" + std::to_string(port_); }
  /// Makes the connection of the next open(); so that a close() in between is not missed.
  void renew();
  Status open();
  Result<size_t> read(char* buffer, size_t size) { return connection_->read(buffer, size); }
  void close();

 private:
  const std::string host_;
  const int port_;
  std::mutex mutex_;
  std::shared_ptr<SocketConnection> connection_;
};

/// socketTextStream's receiver: lines of UTF-8 from a socket. A server that is not there yet, or
/// ends, is tried again after spark.streaming.receiverRestartDelay.
///
/// Errors  a line longer than spate.streaming.socket.maxLineBytes (64m) is reported as an error,
///         and the receiver connects anew
class SocketTextReceiver final : public Receiver<std::string> {
 public:
  SocketTextReceiver(std::string host, int port, StorageLevel storageLevel)
      : Receiver<std::string>(storageLevel), client_(std::move(host), port) {}

  void onStart() override;
  void onStop() override { client_.close(); }
  std::string name() const override { return "SocketReceiver"; }
  /// How often U+FFFD was put in place of what is not UTF-8.
  int64_t replacements() const { return replacements_.load(); }

 private:
  void receive();
  void countReplacements(int64_t more);

  SocketClient client_;
  std::atomic<int64_t> replacements_{0};
  int64_t unlogged_ = 0;
  Timestamp lastLogged_{};
};

/// A std::istream's view of a connection. It ends when the connection does.
class SocketStreamBuffer final : public std::streambuf {
 public:
  explicit SocketStreamBuffer(SocketClient& client) : client_(client), buffer_(64 * 1024) {}
  /// Why the stream ended; ok: the other side closed it.
  const Status& status() const { return status_; }

 protected:
  int_type underflow() override;

 private:
  SocketClient& client_;
  std::vector<char> buffer_;
  Status status_;
};

/// socketStream's receiver: what `next` makes of the bytes.
template <class T>
class SocketReceiver final : public Receiver<T> {
 public:
  /// The next record of the stream; empty at its end.
  using Converter = std::function<std::optional<T>(std::istream&)>;

  SocketReceiver(std::string host, int port, Converter next, StorageLevel storageLevel)
      : Receiver<T>(storageLevel), client_(std::move(host), port), next_(std::move(next)) {}

  void onStart() override {
    client_.renew();
    this->startReceiving([this] { receive(); });
  }
  void onStop() override { client_.close(); }

 private:
  void receive() {
    const Status opened = client_.open();
    if (!opened.ok())
      return this->restart("Error connecting to " + client_.address(), opened.message());
    SocketStreamBuffer buffer(client_);
    std::istream stream(&buffer);
    while (!this->isStopped()) {
      std::optional<T> record = next_(stream);
      // A record that was cut short by the stop is none.
      if (!record || buffer.status().code() == StatusCode::kCancelled) break;
      this->store(std::move(*record));
    }
    if (buffer.status().ok())
      this->restart("Socket data stream had no more data");
    else
      this->restart("Error receiving data", buffer.status().message());
  }

  SocketClient client_;
  Converter next_;
};

}  // namespace spate
