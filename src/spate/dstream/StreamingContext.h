#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "spate/dstream/DStream.h"
#include "spate/dstream/FileInputStream.h"
#include "spate/dstream/QueueInputStream.h"
#include "spate/dstream/ReceiverStreams.h"
#include "spate/dstream/StreamingListener.h"
#include "spate/rdd/SparkContext.h"

namespace spate {

class StreamingApplication;

/// Spark's StreamingContextState.
enum class StreamingContextState { INITIALIZED, ACTIVE, STOPPED };

/// How a test replaces what the world gives: the clock, the files, the fault points.
struct StreamingEnvironment {
  std::shared_ptr<Clock> clock = Clock::system();
  std::shared_ptr<FileSystem> files = FileSystem::local();
  FaultPoints* faultPoints = &FaultPoints::none();
};

/// The way into streaming: makes input streams, runs the graph. Spark's StreamingContext; a
/// handle, whose copies are the same context.
///
/// Errors: IllegalStateException for calls at the wrong time, IllegalArgumentException and
/// SparkException with Spark's messages. A failed batch ends the stream and is thrown by
/// awaitTermination.
/// Threads: set up from one thread; stop, awaitTermination, getState from any.
class StreamingContext {
 public:
  StreamingContext(const SparkContext& sparkContext, Duration batchDuration,
                   StreamingEnvironment environment = {});
  StreamingContext(const SparkConf& conf, Duration batchDuration,
                   StreamingEnvironment environment = {});

  /// Goes on from the checkpoint in `checkpointPath` if there is one, else starts anew. In both
  /// cases `creating` is called to build the graph (a C++ program cannot be read back from a
  /// file); with a checkpoint the graph must be the one that wrote it, else this throws a
  /// SparkException that shows the difference. `creating` need not call checkpoint(path).
  static StreamingContext getOrCreate(const std::string& checkpointPath,
                                      const std::function<StreamingContext()>& creating);
  /// The context that was started and not stopped.
  static std::optional<StreamingContext> getActive();
  static StreamingContext getActiveOrCreate(const std::function<StreamingContext()>& creating);
  static StreamingContext getActiveOrCreate(const std::string& checkpointPath,
                                            const std::function<StreamingContext()>& creating);

  SparkContext sparkContext() const;
  Duration batchDuration() const;
  StreamingContextState getState() const;

  /// Remember RDDs at least this long, for queries outside the stream operations.
  void remember(Duration duration);
  /// Where offsets, commits, state and received data are kept. Without getOrCreate a start in a
  /// directory with an earlier checkpoint begins anew and replaces that one, as in Spark.
  void checkpoint(const std::string& directory);
  void addStreamingListener(std::shared_ptr<StreamingListener> listener);
  void removeStreamingListener(const std::shared_ptr<StreamingListener>& listener);

  void start();
  /// Ends the stream. Gracefully: what was received is processed first.
  void stop(bool stopSparkContext = true, bool stopGracefully = false);
  /// Waits for the end; throws what made a batch fail.
  void awaitTermination();
  /// The same, at most this long (milliseconds of real time): true if it ended. In seconds:
  /// awaitTerminationOrTimeout(Seconds(10)).
  bool awaitTerminationOrTimeout(Duration timeout);

  /// A stream of the queue's RDDs: one per batch (oneAtATime) or all that are there; `defaultRdd`
  /// (or an empty one) when there is none. A restarted program must fill its queue in the same
  /// order: what was processed before is skipped.
  template <class T>
  DStream<T> queueStream(std::shared_ptr<RddQueue<T>> queue, bool oneAtATime = true,
                         std::optional<RDD<T>> defaultRdd = std::nullopt) {
    return DStream<T>(makeInputStream<QueueInputStream<T>>(graph(), std::move(queue), oneAtATime,
                                                           std::move(defaultRdd)));
  }
  template <class T>
  DStream<T> queueStream(const std::vector<RDD<T>>& rdds, bool oneAtATime = true,
                         std::optional<RDD<T>> defaultRdd = std::nullopt) {
    return queueStream(std::make_shared<RddQueue<T>>(rdds), oneAtATime, std::move(defaultRdd));
  }

  /// The lines of the files that are moved into `directory` (a path, may hold `* ? [a-c] {a,b}`),
  /// each once: see FileStreamSource for which batch gets which.
  DStream<std::string> textFileStream(const std::string& directory);
  /// Files of another format: reader(files) -> RDD, once per batch.
  template <class Reader>
    requires std::is_invocable_v<Reader&, const std::vector<FileInfo>&>
  auto fileStream(const std::string& directory, Reader reader,
                  FileFilter filter = defaultFileFilter, bool newFilesOnly = true) {
    using T = typename std::invoke_result_t<Reader&, const std::vector<FileInfo>&>::Element;
    FileStreamSourceOptions options = fileStreamOptions(*graph(), directory);
    options.filter = std::move(filter);
    options.newFilesOnly = newFilesOnly;
    return DStream<T>(makeInputStream<FileInputStream<T>>(graph(), std::move(options),
                                                          FileReader<T>(std::move(reader))));
  }
  /// Lines, with a filter and files that are there before the start.
  DStream<std::string> fileStream(const std::string& directory,
                                  FileFilter filter = defaultFileFilter, bool newFilesOnly = true);
  /// Files that consist of records of one length, in bytes.
  DStream<std::string> binaryRecordsStream(const std::string& directory, int recordLength);

  /// The lines (UTF-8, ended by \n or \r\n) that a server sends. One that is not there, or ends,
  /// is tried again after spark.streaming.receiverRestartDelay (2000 ms).
  DStream<std::string> socketTextStream(
      const std::string& host, int port,
      StorageLevel storageLevel = StorageLevel::MEMORY_AND_DISK_SER);
  /// What `next` makes of the bytes that a server sends: next(std::istream&) -> the next record, or
  /// an empty optional at the end.
  template <class T>
  DStream<T> socketStream(const std::string& host, int port,
                          std::function<std::optional<T>(std::istream&)> next,
                          StorageLevel storageLevel = StorageLevel::MEMORY_AND_DISK_SER) {
    return makeReceiverStream<T>(
        graph(), listeners(), "socketStream",
        std::make_shared<SocketReceiver<T>>(host, port, std::move(next), storageLevel));
  }
  /// What a receiver of your own stores.
  template <class R>
  auto receiverStream(std::shared_ptr<R> receiver) {
    return makeReceiverStream<typename R::Element>(graph(), listeners(), "receiverStream",
                                                   std::move(receiver));
  }

  template <class T>
  DStream<T> union_(const std::vector<DStream<T>>& streams) {
    std::vector<std::shared_ptr<StreamNode<T>>> nodes;
    for (const auto& stream : streams) nodes.push_back(stream.node());
    if (nodes.empty())
      throw IllegalArgumentException("requirement failed: Empty array of DStreams");
    return makeStream<UnionStream<T>>(std::move(nodes));
  }

  /// f(vector of the streams' RDDs, Time) -> RDD<U>, once per batch.
  template <class T, class F>
  auto transform(const std::vector<DStream<T>>& streams, F f) {
    std::vector<std::shared_ptr<StreamNode<T>>> nodes;
    for (const auto& stream : streams) nodes.push_back(stream.node());
    using U = typename std::invoke_result_t<F&, std::vector<RDD<T>>, Time>::Element;
    return DStream<U>(std::make_shared<TransformedAllStream<T, U>>(std::move(nodes), std::move(f)));
  }

  /// The graph; for input streams of your own.
  const std::shared_ptr<StreamGraph>& graph() const;
  const std::shared_ptr<StreamingApplication>& application() const { return application_; }

 private:
  StreamingListenerBus& listeners() const;

  explicit StreamingContext(std::shared_ptr<StreamingApplication> application)
      : application_(std::move(application)) {}

  std::shared_ptr<StreamingApplication> application_;
};

}  // namespace spate
