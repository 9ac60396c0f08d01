#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spate/rdd/ElementFile.h"
#include "spate/rdd/RddHandle.h"

namespace spate {

/// The partitions of a reliable checkpoint: DIRECTORY/rdd-ID/part-00000, ... of the object file
/// format.
template <class T>
class CheckpointedPartitions final : public PartitionStorage<T> {
 public:
  using typename PartitionStorage<T>::Block;

  explicit CheckpointedPartitions(std::string directory) : directory_(std::move(directory)) {}

  Block get(int split) override {
    return std::make_shared<const std::vector<T>>(readElementFile<T>(file(directory_, split)));
  }
  Block put(int, std::vector<T> elements) override {
    return std::make_shared<const std::vector<T>>(std::move(elements));
  }
  bool isComplete() const override { return true; }
  StorageInfo info() const override { return {}; }
  std::string location() const override { return directory_; }

  static std::string file(const std::string& directory, int split) {
    std::string number = std::to_string(split);
    if (number.size() < 5) number.insert(0, 5 - number.size(), '0');
    return joinPath(directory, "part-" + number);
  }

 private:
  std::string directory_;
};

/// Runs the job that writes all partitions of `node` to `directory`.
template <class T>
std::shared_ptr<StorageBase> writeCheckpoint(Node<T>& node, const std::string& directory) {
  using U = Owned<T>;
  FileSystem& files = node.context()->files();
  runOnAllPartitions(node, "checkpoint", [&](TaskContext& task, size_t) {
    const std::string path = CheckpointedPartitions<U>::file(directory, task.partitionId());
    // Another attempt may have left its file; under its own name each is whole or not there.
    const std::string attempt =
        joinPath(directory, "." + std::string(fileName(path)) + "-attempt-" +
                                std::to_string(task.taskAttemptId()));
    FrameWriter writer = valueOrThrow(FrameWriter::create(files, attempt, Codec<U>::typeName()));
    iterate(node, task.partitionId(), task, [&](auto&& element) {
      Codec<U>::encode(toOwned(std::forward<decltype(element)>(element)), writer.buffer());
      okOrThrow(writer.added());
      return true;
    });
    valueOrThrow(writer.endSection());
    okOrThrow(writer.sync());
    okOrThrow(files.rename(attempt, path));
  });
  return std::make_shared<CheckpointedPartitions<U>>(directory);
}

}  // namespace spate
