#include "spate/runtime/BatchListener.h"

namespace spate {

std::vector<std::pair<std::string, Micros>> BatchDurations::named() const {
  return {{"addBatch", addBatch},
          {"commitOffsets", commitOffsets},
          {"latestOffset", latestOffset},
          {"queryPlanning", queryPlanning},
          {"triggerExecution", triggerExecution},
          {"walCommit", walCommit}};
}

}  // namespace spate
