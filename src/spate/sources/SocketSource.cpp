#include "spate/sources/SocketSource.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "spate/base/Logging.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/Utf8.h"

namespace spate {
namespace {

Status connectError(const std::string& host, int port, const std::string& why) {
  return Status::ioError("Could not connect to socket " + host + ":" + std::to_string(port) + ": " +
                         why);
}

Result<int> connectTo(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return failure(connectError(host, port, ::gai_strerror(failed)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    const int socket = ::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (socket < 0) {
      error = errno;
      continue;
    }
    if (::connect(socket, at->ai_addr, at->ai_addrlen) == 0) return socket;
    error = errno;
    ::close(socket);
  }
  return failure(connectError(host, port, std::generic_category().message(error)));
}

Result<int64_t> numberOf(const std::optional<Offset>& offset) {
  if (!offset) return -1;
  const std::string& text = offset->json();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return failure(Status::corrupt("not an offset of a socket source: " + text));
  return value;
}

Offset offsetOf(int64_t number) { return Offset(std::to_string(number)); }

}  // namespace

Result<SocketSource::Options> SocketSource::Options::parse(const OptionMap& options,
                                                           int defaultPartitions) {
  Options result;
  const auto host = options.find("host");
  if (!host)
    return failure(Status::invalidArgument("Set a host to read from with option(\"host\", ...)."));
  result.host = *host;
  if (!options.has("port"))
    return failure(Status::invalidArgument("Set a port to read from with option(\"port\", ...)."));
  SPATE_ASSIGN_OR_FAIL(const int64_t port, options.getInt("port", -1));
  if (port < 0 || port > 65535)
    return failure(Status::invalidArgument("port out of range:" + std::to_string(port)));
  result.port = static_cast<int>(port);
  const auto includesTime = options.getBool("includeTimestamp", false);
  if (!includesTime)
    return failure(
        Status::invalidArgument("includeTimestamp must be set to either \"true\" or \"false\""));
  result.includeTimestamp = *includesTime;
  SPATE_ASSIGN_OR_FAIL(const int64_t partitions,
                       options.getInt("numPartitions", defaultPartitions));
  result.numPartitions = static_cast<int>(std::clamp<int64_t>(partitions, 1, 10'000));
  return result;
}

std::shared_ptr<arrow::Schema> SocketSource::schemaFor(const Options& options) {
  arrow::FieldVector fields = {arrow::field("value", arrow::utf8())};
  if (options.includeTimestamp)
    fields.push_back(arrow::field("timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  return arrow::schema(std::move(fields));
}

Result<std::unique_ptr<SocketSource>> SocketSource::make(Options options,
                                                         std::shared_ptr<Clock> clock) {
  logWarn("socket",
          "The socket source should not be used for production applications! It does not support "
          "recovery.");
  SPATE_ASSIGN_OR_FAIL(const int socket, connectTo(options.host, options.port));
  const int interrupt = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (interrupt < 0) {
    ::close(socket);
    return failure(Status::ioError("out of file descriptors"));
  }
  std::unique_ptr<SocketSource> source(
      new SocketSource(std::move(options), std::move(clock), socket, interrupt));
  source->thread_ = std::thread([raw = source.get()] { raw->readLines(); });
  return source;
}

SocketSource::SocketSource(Options options, std::shared_ptr<Clock> clock, int socket, int interrupt)
    : options_(std::move(options)),
      clock_(std::move(clock)),
      socket_(socket),
      interrupt_(interrupt) {}

SocketSource::~SocketSource() {
  stop();
  ::close(interrupt_);
}

void SocketSource::stop() {
  const uint64_t one = 1;
  // Fails only when it was raised 2^64 times already.
  static_cast<void>(!::write(interrupt_, &one, sizeof(one)));
  if (thread_.joinable()) thread_.join();
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void SocketSource::addLine(std::string text) {
  if (text.ends_with('\r')) text.pop_back();
  repairUtf8(text);
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back({std::move(text), clock_->now().time_since_epoch().count()});
  }
  const std::lock_guard lock(notifyMutex_);
  if (notify_) notify_();
}

void SocketSource::readLines() {
  std::string buffer(size_t{1} << 16, '\0');
  std::string partial;
  while (true) {
    pollfd waits[2] = {{socket_, POLLIN, 0}, {interrupt_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (waits[1].revents != 0) return;
    const ssize_t got = ::read(socket_, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) break;
    std::string_view rest(buffer.data(), static_cast<size_t>(got));
    for (size_t newline = rest.find('\n'); newline != rest.npos; newline = rest.find('\n')) {
      partial += rest.substr(0, newline);
      addLine(std::exchange(partial, {}));
      rest.remove_prefix(newline + 1);
    }
    partial += rest;
  }
  if (!partial.empty()) addLine(std::move(partial));
  logWarn("socket", "Stream closed by " + options_.host + ":" + std::to_string(options_.port));
}

std::string SocketSource::name() const {
  return "TextSocketV2[host: " + options_.host + ", port: " + std::to_string(options_.port) + "]";
}

Result<std::optional<Offset>> SocketSource::initialOffset() { return offsetOf(-1); }

Result<std::optional<Offset>> SocketSource::latestOffset(const std::optional<Offset>& from,
                                                         const ReadLimit& limit) {
  SPATE_ASSIGN_OR_FAIL(const int64_t start, numberOf(from));
  const std::lock_guard lock(mutex_);
  // After a restart the lines of this connection count on from what the checkpoint knows.
  if (start >= first_ + static_cast<int64_t>(lines_.size())) first_ = start + 1;
  int64_t end = first_ + static_cast<int64_t>(lines_.size()) - 1;
  if (limit.maxRecords) end = std::min(end, start + *limit.maxRecords);
  if (limit.notBeyond) {
    SPATE_ASSIGN_OR_FAIL(const int64_t bound, numberOf(limit.notBeyond));
    end = std::min(end, bound);
  }
  return offsetOf(std::max(start, end));
}

Result<std::vector<Split>> SocketSource::plan(const OffsetRange& range) {
  SPATE_ASSIGN_OR_FAIL(const int64_t from, numberOf(range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, numberOf(range.to));
  std::vector<Split> splits;
  const std::lock_guard lock(mutex_);
  if (range.empty() || to < first_) return splits;
  const auto count = std::min<int64_t>(options_.numPartitions, to - from);
  for (int partition = 0; partition < count; ++partition) splits.push_back({partition, range, {}});
  return splits;
}

Result<std::shared_ptr<arrow::RecordBatchReader>> SocketSource::open(const Split& split) {
  SPATE_ASSIGN_OR_FAIL(const int64_t from, numberOf(split.range.from));
  SPATE_ASSIGN_OR_FAIL(const int64_t to, numberOf(split.range.to));
  const auto step = std::min<int64_t>(options_.numPartitions, to - from);
  arrow::StringBuilder values;
  const auto batchSchema = schema();
  arrow::TimestampBuilder times(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                                arrow::default_memory_pool());
  int64_t rows = 0;
  {
    const std::lock_guard lock(mutex_);
    const int64_t end = std::min(to, first_ + static_cast<int64_t>(lines_.size()) - 1);
    for (int64_t i = from + 1 + split.partition; i <= end; i += step) {
      if (i < first_) continue;
      const Line& line = lines_[static_cast<size_t>(i - first_)];
      SPATE_FAIL_IF_ERROR(fromArrow(values.Append(line.text)));
      SPATE_FAIL_IF_ERROR(fromArrow(times.Append(line.micros)));
      ++rows;
    }
  }
  std::vector<std::shared_ptr<arrow::Array>> columns;
  SPATE_ASSIGN_OR_FAIL(auto valueColumn, fromArrow(values.Finish()));
  columns.push_back(std::move(valueColumn));
  if (options_.includeTimestamp) {
    SPATE_ASSIGN_OR_FAIL(auto timeColumn, fromArrow(times.Finish()));
    columns.push_back(std::move(timeColumn));
  }
  return fromArrow(arrow::RecordBatchReader::Make(
      {arrow::RecordBatch::Make(batchSchema, rows, std::move(columns))}, batchSchema));
}

Status SocketSource::commit(const Offset& end) {
  SPATE_ASSIGN_OR_RETURN(const int64_t to, numberOf(end));
  const std::lock_guard lock(mutex_);
  while (!lines_.empty() && first_ <= to) {
    lines_.pop_front();
    ++first_;
  }
  return Status::OK();
}

void SocketSource::onDataAvailable(std::function<void()> notify) {
  const std::lock_guard lock(notifyMutex_);
  notify_ = std::move(notify);
}

}  // namespace spate
