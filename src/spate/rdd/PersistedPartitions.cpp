#include "spate/rdd/PersistedPartitions.h"

#include <atomic>

#include "spate/base/Logging.h"

namespace spate {

void checkStorageLevel(StorageLevel level, bool hasCodec, const std::string& operationName) {
  if (!level.isValid())
    throw IllegalArgumentException("requirement failed: " + level.toString() +
                                   " is no level to persist " + operationName + " at");
  if (!hasCodec && (level.useDisk || !level.deserialized))
    throw SparkUnsupportedOperationException(
        "Cannot persist " + operationName + " at " + level.toString() +
        ": this level keeps elements as bytes, and their type has no spate::Codec. Specialise it "
        "(see spate/types/CodecTrait.h) or use MEMORY_ONLY");
  static std::atomic<bool> warned{false};
  if (level.replication > 1 && !warned.exchange(true))
    logWarn("BlockManager", "Block replicated to only 0 peer(s) instead of " +
                                std::to_string(level.replication - 1) +
                                " peers: there is one machine, so one copy is kept");
}

}  // namespace spate
