#include "spate/dstream/StreamNode.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

#include "spate/base/Logging.h"
#include "spate/dstream/StreamGraph.h"
#include "spate/types/Exceptions.h"

namespace spate {
namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw IllegalArgumentException("requirement failed: " + message);
}

}  // namespace

std::string StreamDescription::toString() const {
  std::string text = "#" + std::to_string(id) + " " + operation + ": " + elementType;
  for (size_t i = 0; i < parents.size(); ++i)
    text += (i == 0 ? " <- #" : ", #") + std::to_string(parents[i]);
  if (!details.empty()) text += " (" + details + ")";
  return text;
}

std::string typeNameWithoutCodec(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : type.name();
}

StreamNodeBase::StreamNodeBase(std::shared_ptr<StreamGraph> graph, std::string operation)
    : graph_(std::move(graph)), id_(graph_->nextStreamId()), operation_(std::move(operation)) {}

StreamNodeBase::~StreamNodeBase() = default;

const std::shared_ptr<RddContext>& StreamNodeBase::rddContext() const {
  return graph_->rddContext();
}

Duration StreamNodeBase::slideDuration() const {
  const auto above = parents();
  return above.empty() ? graph_->batchDuration() : above.front()->slideDuration();
}

StreamDescription StreamNodeBase::description() const {
  StreamDescription description{id_, operation_, elementType(), {}, details()};
  for (const auto& parent : parents()) description.parents.push_back(parent->id());
  return description;
}

void StreamNodeBase::initialize(Time zeroTime) {
  if (zeroTime_ && *zeroTime_ != zeroTime)
    throw SparkException("ZeroTime is already initialized to " + zeroTime_->toString() +
                         ", cannot initialize it again to " + zeroTime.toString());
  zeroTime_ = zeroTime;
  if (mustCheckpoint() && checkpointDuration_.isZero())
    checkpointDuration_ = defaultCheckpointDuration();
  rememberDuration_ = std::max(rememberDuration_, slideDuration());
  for (const auto& parent : parents()) parent->initialize(zeroTime);
}

Duration StreamNodeBase::defaultCheckpointDuration() const {
  const Duration slide = slideDuration();
  return slide * std::max<int64_t>(1, (10'000 + slide.milliseconds() - 1) / slide.milliseconds());
}

void StreamNodeBase::remember(Duration duration) {
  rememberDuration_ = std::max(rememberDuration_, duration);
  for (const auto& parent : parents()) parent->remember(parentRememberDuration());
}

void StreamNodeBase::validateAtStart() const {
  const Duration slide = slideDuration();
  require(checkpointDuration_.isZero() || !graph_->checkpointDirectory().empty(),
          "The checkpoint directory has not been set. Please set it by "
          "StreamingContext.checkpoint().");
  require(checkpointDuration_.isZero() || checkpointDuration_ >= slide,
          "The checkpoint interval for " + operation_ + " has been set to " +
              checkpointDuration_.toString() + " which is lower than its slide time (" +
              slide.toString() + "). Please set it to at least " + slide.toString() + ".");
  require(checkpointDuration_.isZero() || checkpointDuration_.isMultipleOf(slide),
          "The checkpoint interval for " + operation_ + " has been set to " +
              checkpointDuration_.toString() + " which not a multiple of its slide time (" +
              slide.toString() + "). Please set it to a multiple of " + slide.toString() + ".");
  for (const auto& parent : parents()) parent->validateAtStart();
}

bool StreamNodeBase::isTimeValid(Time time) const {
  if (!zeroTime_) throw SparkException(operation_ + " has not been initialized");
  return time > *zeroTime_ && (time - *zeroTime_).isMultipleOf(slideDuration());
}

bool StreamNodeBase::checkpointsRddAt(Time time) const {
  return !mustCheckpoint() && !checkpointDuration_.isZero() &&
         (time - zeroTime()).isMultipleOf(checkpointDuration_);
}

void StreamNodeBase::removeCheckpoint(const std::string& directory) const {
  const Status removed = rddContext()->files().removeAll(directory);
  if (!removed.ok()) logWarn("DStreamCheckpointData", removed.message());
}

void StreamNodeBase::persist(StorageLevel level) {
  if (graph_->started())
    throw SparkUnsupportedOperationException(
        "Cannot change storage level of a DStream after streaming context has started");
  storageLevel_ = level;
}

void StreamNodeBase::checkpoint(Duration interval) {
  if (graph_->started())
    throw SparkUnsupportedOperationException(
        "Cannot change checkpoint interval of a DStream after streaming context has started");
  if (interval.milliseconds() <= 0)
    throw IllegalArgumentException(
        "requirement failed: The checkpoint interval of a DStream must be "
        "positive, not " +
        interval.toString());
  checkpointDuration_ = interval;
}

}  // namespace spate
