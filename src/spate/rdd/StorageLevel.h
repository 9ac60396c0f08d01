#pragma once

#include <string>

namespace spate {

/// Where the partitions of a persisted RDD are kept. Spark's StorageLevel; on one machine a
/// replication over 1 is accepted and said (once) to be 1.
struct StorageLevel {
  bool useDisk = false;
  bool useMemory = false;
  bool useOffHeap = false;
  /// Kept as objects of type T (true) or as the bytes of Codec<T> (false).
  bool deserialized = false;
  int replication = 1;

  static const StorageLevel NONE, DISK_ONLY, DISK_ONLY_2, DISK_ONLY_3, MEMORY_ONLY, MEMORY_ONLY_2,
      MEMORY_ONLY_SER, MEMORY_ONLY_SER_2, MEMORY_AND_DISK, MEMORY_AND_DISK_2, MEMORY_AND_DISK_SER,
      MEMORY_AND_DISK_SER_2, OFF_HEAP;

  bool isValid() const { return (useMemory || useDisk) && replication > 0; }
  bool operator==(const StorageLevel&) const = default;

  /// As Spark prints it: "StorageLevel(disk, memory, deserialized, 1 replicas)".
  std::string toString() const;
  /// As PySpark prints it: "Disk Memory Deserialized 1x Replicated".
  std::string description() const;
};

inline constexpr StorageLevel StorageLevel::NONE{};
inline constexpr StorageLevel StorageLevel::DISK_ONLY{true, false, false, false, 1};
inline constexpr StorageLevel StorageLevel::DISK_ONLY_2{true, false, false, false, 2};
inline constexpr StorageLevel StorageLevel::DISK_ONLY_3{true, false, false, false, 3};
inline constexpr StorageLevel StorageLevel::MEMORY_ONLY{false, true, false, true, 1};
inline constexpr StorageLevel StorageLevel::MEMORY_ONLY_2{false, true, false, true, 2};
inline constexpr StorageLevel StorageLevel::MEMORY_ONLY_SER{false, true, false, false, 1};
inline constexpr StorageLevel StorageLevel::MEMORY_ONLY_SER_2{false, true, false, false, 2};
inline constexpr StorageLevel StorageLevel::MEMORY_AND_DISK{true, true, false, true, 1};
inline constexpr StorageLevel StorageLevel::MEMORY_AND_DISK_2{true, true, false, true, 2};
inline constexpr StorageLevel StorageLevel::MEMORY_AND_DISK_SER{true, true, false, false, 1};
inline constexpr StorageLevel StorageLevel::MEMORY_AND_DISK_SER_2{true, true, false, false, 2};
inline constexpr StorageLevel StorageLevel::OFF_HEAP{true, true, true, false, 1};

}  // namespace spate
