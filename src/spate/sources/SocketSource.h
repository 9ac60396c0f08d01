#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/sources/Source.h"
#include "spate/types/OptionMap.h"

namespace spate {

/// Spark's `socket`: lines of text from a server. Not fault tolerant: lines are kept in memory
/// until their batch is committed, and a restarted query goes on with what comes then.
///
/// Out     value string [, timestamp timestamp: when the line came]
/// Offset  a bare number: lines so far, less one ("-1" before the first)
/// Threads as Source; a thread of its own reads the socket
class SocketSource final : public Source {
 public:
  struct Options {
    std::string host;
    int port = 0;
    bool includeTimestamp = false;
    int numPartitions = 1;

    /// Errors  kInvalidArgument, with Spark's words: no host, no port, ...
    static Result<Options> parse(const OptionMap& options, int defaultPartitions);
  };

  static std::shared_ptr<arrow::Schema> schemaFor(const Options& options);

  /// Connects at once.
  /// Errors  kIoError: no such host, refused
  static Result<std::unique_ptr<SocketSource>> make(Options options, std::shared_ptr<Clock> clock);
  ~SocketSource() override;

  std::string name() const override;
  std::shared_ptr<arrow::Schema> schema() const override { return schemaFor(options_); }
  Result<std::optional<Offset>> initialOffset() override;
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Result<std::vector<Split>> plan(const OffsetRange& range) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) override;
  Status commit(const Offset& end) override;
  void onDataAvailable(std::function<void()> notify) override;
  std::optional<Timestamp> askAgainAt(Timestamp) const override { return std::nullopt; }
  void stop() override;

 private:
  struct Line {
    std::string text;
    int64_t micros = 0;
  };

  SocketSource(Options options, std::shared_ptr<Clock> clock, int socket, int interrupt);
  void readLines();
  void addLine(std::string text);

  const Options options_;
  const std::shared_ptr<Clock> clock_;
  int socket_;
  int interrupt_;
  std::thread thread_;
  mutable std::mutex mutex_;
  /// lines_.front() has the offset first_.
  std::deque<Line> lines_;
  int64_t first_ = 0;
  /// Held while the function is called, so that it can be taken away.
  std::mutex notifyMutex_;
  std::function<void()> notify_;
};

}  // namespace spate
