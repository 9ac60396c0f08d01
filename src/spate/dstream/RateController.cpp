#include "spate/dstream/RateController.h"

namespace spate {

void RateController::onBatchCompleted(const BatchInfo& batch) {
  const auto input = batch.streamIdToInputInfo.find(streamId_);
  const auto processing = batch.processingDelay();
  const auto scheduling = batch.schedulingDelay();
  if (input == batch.streamIdToInputInfo.end() || !processing || !scheduling) return;
  const auto rate = estimator_.compute(*batch.processingEndTime, input->second.numRecords,
                                       *processing, *scheduling);
  if (rate) publish_(static_cast<int64_t>(*rate));
}

}  // namespace spate
