#include "spate/dstream/StreamingContext.h"

#include "spate/dstream/StreamingApplication.h"

namespace spate {

StreamingContext::StreamingContext(const SparkContext& sparkContext, Duration batchDuration,
                                   StreamingEnvironment environment)
    : application_(std::make_shared<StreamingApplication>(sparkContext, batchDuration,
                                                          std::move(environment))) {}

StreamingContext::StreamingContext(const SparkConf& conf, Duration batchDuration,
                                   StreamingEnvironment environment)
    : StreamingContext(SparkContext(conf), batchDuration, std::move(environment)) {}

StreamingContext StreamingContext::getOrCreate(const std::string& checkpointPath,
                                               const std::function<StreamingContext()>& creating) {
  StreamingContext context = creating();
  context.application_->recoverFrom(checkpointPath);
  return context;
}

std::optional<StreamingContext> StreamingContext::getActive() {
  if (auto application = StreamingApplication::active()) return StreamingContext(application);
  return std::nullopt;
}

StreamingContext StreamingContext::getActiveOrCreate(
    const std::function<StreamingContext()>& creating) {
  if (auto active = getActive()) return *active;
  return creating();
}

StreamingContext StreamingContext::getActiveOrCreate(
    const std::string& checkpointPath, const std::function<StreamingContext()>& creating) {
  if (auto active = getActive()) return *active;
  return getOrCreate(checkpointPath, creating);
}

SparkContext StreamingContext::sparkContext() const { return application_->sparkContext(); }

Duration StreamingContext::batchDuration() const { return graph()->batchDuration(); }

StreamingContextState StreamingContext::getState() const { return application_->state(); }

const std::shared_ptr<StreamGraph>& StreamingContext::graph() const {
  return application_->graph();
}

void StreamingContext::remember(Duration duration) { graph()->remember(duration); }

void StreamingContext::checkpoint(const std::string& directory) {
  application_->setCheckpointDirectory(directory);
}

DStream<std::string> StreamingContext::textFileStream(const std::string& directory) {
  return fileStream(directory);
}

DStream<std::string> StreamingContext::fileStream(const std::string& directory, FileFilter filter,
                                                  bool newFilesOnly) {
  return fileStream(directory, textFileReader(graph()->rddContext()), std::move(filter),
                    newFilesOnly);
}

DStream<std::string> StreamingContext::binaryRecordsStream(const std::string& directory,
                                                           int recordLength) {
  return fileStream(directory, binaryRecordsReader(graph()->rddContext(), recordLength));
}

DStream<std::string> StreamingContext::socketTextStream(const std::string& host, int port,
                                                        StorageLevel storageLevel) {
  return makeReceiverStream<std::string>(
      graph(), listeners(), "socketTextStream",
      std::make_shared<SocketTextReceiver>(host, port, storageLevel));
}

StreamingListenerBus& StreamingContext::listeners() const { return application_->listeners(); }

void StreamingContext::addStreamingListener(std::shared_ptr<StreamingListener> listener) {
  application_->listeners().add(std::move(listener));
}

void StreamingContext::removeStreamingListener(const std::shared_ptr<StreamingListener>& listener) {
  application_->listeners().remove(listener);
}

void StreamingContext::start() { application_->start(); }

void StreamingContext::stop(bool stopSparkContext, bool stopGracefully) {
  application_->stop(stopSparkContext, stopGracefully);
}

void StreamingContext::awaitTermination() { static_cast<void>(application_->await({})); }

bool StreamingContext::awaitTerminationOrTimeout(Duration timeout) {
  return application_->await(timeout.toMillis());
}

}  // namespace spate
