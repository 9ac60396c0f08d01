#include "spate/dstream/SocketReceiver.h"

#include <fmt/core.h>

#include "spate/base/Logging.h"
#include "spate/dstream/LineSplitter.h"
#include "spate/dstream/ReceiverTracker.h"

namespace spate {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;

}  // namespace

void SocketClient::renew() {
  std::lock_guard lock(mutex_);
  connection_ = std::make_shared<SocketConnection>();
}

Status SocketClient::open() { return connection_->connect(host_, port_); }

void SocketClient::close() {
  std::lock_guard lock(mutex_);
  if (connection_) connection_->interrupt();
}

void SocketTextReceiver::onStart() {
  client_.renew();
  startReceiving([this] { receive(); });
}

void SocketTextReceiver::receive() {
  const Status opened = client_.open();
  if (!opened.ok()) return restart("Error connecting to " + client_.address(), opened.message());
  const int64_t limit =
      conf().getSizeAsBytes("spate.streaming.socket.maxLineBytes", int64_t{64} << 20);
  LineSplitter splitter(static_cast<size_t>(limit));
  const auto storeLines = [&](const std::vector<std::string_view>& lines) {
    if (!lines.empty()) storeEach(std::span<const std::string_view>(lines));
  };
  while (!isStopped()) {
    const Result<size_t> size = client_.read(splitter.prepare(kChunkBytes), kChunkBytes);
    if (!size) return restart("Error receiving data", size.error().message());
    const int64_t before = splitter.replacements();
    storeLines(*size == 0 ? splitter.finish() : splitter.split(*size));
    countReplacements(splitter.replacements() - before);
    if (splitter.tooLong()) {
      const std::string what = fmt::format(
          "A line from {} is longer than spate.streaming.socket.maxLineBytes = {} bytes",
          client_.address(), limit);
      reportError(what, "");
      return restart(what);
    }
    if (*size == 0) return restart("Socket data stream had no more data");
  }
}

void SocketTextReceiver::countReplacements(int64_t more) {
  replacements_ += more;
  unlogged_ += more;
  const Timestamp now = tracker().clock()->now();
  if (unlogged_ == 0 || now - lastLogged_ < std::chrono::seconds(1)) return;
  logWarn("SocketReceiver",
          fmt::format("{} sequences of bytes from {} were not UTF-8 and were replaced by U+FFFD",
                      unlogged_, client_.address()));
  unlogged_ = 0;
  lastLogged_ = now;
}

SocketStreamBuffer::int_type SocketStreamBuffer::underflow() {
  if (!status_.ok()) return traits_type::eof();
  const Result<size_t> size = client_.read(buffer_.data(), buffer_.size());
  if (!size) status_ = size.error();
  if (!size || *size == 0) return traits_type::eof();
  setg(buffer_.data(), buffer_.data(), buffer_.data() + *size);
  return traits_type::to_int_type(*gptr());
}

}  // namespace spate
