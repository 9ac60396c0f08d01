#include "spate/dstream/StreamGraph.h"

#include <algorithm>
#include <unordered_set>

#include "spate/types/Exceptions.h"

namespace spate {

StreamGraph::StreamGraph(std::shared_ptr<RddContext> rddContext, Duration batchDuration,
                         std::shared_ptr<Clock> clock)
    : rddContext_(std::move(rddContext)), clock_(std::move(clock)), batchDuration_(batchDuration) {}

StreamGraph::~StreamGraph() = default;

void StreamGraph::setCheckpointDirectory(std::string directory) {
  checkpointDirectory_ = std::move(directory);
}

int StreamGraph::nextStreamId() {
  if (started_)
    throw IllegalStateException(
        "Adding new inputs, transformations, and output operations after starting a context is "
        "not supported");
  return nextId_++;
}

size_t StreamGraph::addInput(std::shared_ptr<StreamNodeBase> node, InputStream& input) {
  inputNodes_.push_back(std::move(node));
  inputs_.push_back(&input);
  return inputs_.size() - 1;
}

void StreamGraph::addOutput(std::shared_ptr<StreamNodeBase> node, OutputStream& output) {
  outputNodes_.push_back(std::move(node));
  outputs_.push_back(&output);
}

void StreamGraph::remember(Duration duration) {
  if (rememberDuration_)
    throw IllegalArgumentException("requirement failed: Remember duration already set as " +
                                   rememberDuration_->toString() + ". Cannot set it again.");
  rememberDuration_ = duration;
}

void StreamGraph::validate() const {
  if (outputs_.empty())
    throw IllegalArgumentException(
        "requirement failed: No output operations registered, so nothing to execute");
}

std::vector<std::shared_ptr<StreamNodeBase>> StreamGraph::streams() const {
  std::vector<std::shared_ptr<StreamNodeBase>> all;
  std::unordered_set<const StreamNodeBase*> seen;
  const auto visit = [&](auto&& self, const std::shared_ptr<StreamNodeBase>& at) -> void {
    if (!seen.insert(at.get()).second) return;
    for (const auto& parent : at->parents()) self(self, parent);
    all.push_back(at);
  };
  for (const auto& input : inputNodes_) visit(visit, input);
  for (const auto& output : outputNodes_) visit(visit, output);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return all;
}

std::vector<StreamDescription> StreamGraph::describe() const {
  std::vector<StreamDescription> descriptions;
  for (const auto& stream : streams()) descriptions.push_back(stream->description());
  return descriptions;
}

void StreamGraph::start(Time zeroTime) {
  if (started_) throw IllegalStateException("DStream graph computation already started");
  zeroTime_ = zeroTime;
  for (const auto& output : outputNodes_) output->initialize(zeroTime);
  for (const auto& output : outputNodes_)
    output->remember(rememberDuration_.value_or(output->slideDuration()));
  for (const auto& input : inputNodes_) {
    input->initialize(zeroTime);
    if (rememberDuration_) input->remember(*rememberDuration_);
  }
  for (const auto& output : outputNodes_) output->validateAtStart();
  startedStreams_ = streams();
  started_ = true;
}

bool StreamGraph::checkpointsRdds() const {
  return std::any_of(startedStreams_.begin(), startedStreams_.end(), [](const auto& stream) {
    return !stream->mustCheckpoint() && !stream->checkpointDuration().isZero();
  });
}

Duration StreamGraph::maxRememberDuration() const {
  Duration longest = batchDuration_;
  for (const auto& input : startedStreams_) longest = std::max(longest, input->rememberDuration());
  return longest;
}

void StreamGraph::setRanges(Time time, std::vector<OffsetRange> ranges) {
  ranges_.insert_or_assign(time, std::move(ranges));
}

OffsetRange StreamGraph::rangeAt(Time time, size_t input) const {
  const auto found = ranges_.find(time);
  return found == ranges_.end() || input >= found->second.size() ? OffsetRange()
                                                                 : found->second[input];
}

Status StreamGraph::openState(int64_t committedBatches) {
  for (const auto& stream : startedStreams_)
    SPATE_RETURN_IF_ERROR(stream->openState(committedBatches));
  return Status::OK();
}

void StreamGraph::runOutputs(Time time) {
  for (OutputStream* output : outputs_) output->runBatch(time);
  for (const auto& stream : startedStreams_) stream->advanceState(time);
}

Status StreamGraph::commitState(Time time) {
  for (const auto& stream : startedStreams_) SPATE_RETURN_IF_ERROR(stream->commitState(time));
  return Status::OK();
}

Status StreamGraph::abortBatch(Time time, int64_t committedBatches) {
  Status first;
  for (const auto& stream : startedStreams_) {
    const Status aborted = stream->abortBatch(time, committedBatches);
    if (first.ok()) first = aborted;
  }
  return first;
}

void StreamGraph::clearOld(Time time) {
  for (const auto& stream : startedStreams_) stream->clearOld(time);
  ranges_.erase(ranges_.begin(), ranges_.upper_bound(time - maxRememberDuration()));
}

void StreamGraph::clear() {
  inputNodes_.clear();
  inputs_.clear();
  outputNodes_.clear();
  outputs_.clear();
  startedStreams_.clear();
}

}  // namespace spate
