#include "spate/rdd/StorageLevel.h"

namespace spate {

std::string StorageLevel::toString() const {
  std::string text = "StorageLevel(";
  if (useDisk) text += "disk, ";
  if (useMemory) text += "memory, ";
  if (useOffHeap) text += "offheap, ";
  if (deserialized) text += "deserialized, ";
  return text + std::to_string(replication) + " replicas)";
}

std::string StorageLevel::description() const {
  std::string text;
  if (useDisk) text += "Disk ";
  if (useMemory) text += "Memory ";
  if (useOffHeap) text += "OffHeap ";
  text += deserialized ? "Deserialized " : "Serialized ";
  return text + std::to_string(replication) + "x Replicated";
}

}  // namespace spate
