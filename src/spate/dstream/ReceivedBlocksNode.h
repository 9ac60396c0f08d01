#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/dstream/ReceivedBlock.h"
#include "spate/rdd/RDD.h"
#include "spate/types/Codec.h"
#include "spate/types/Exceptions.h"

namespace spate {

/// The RDD of a batch of received records: a partition per block. Spark's BlockRDD.
///
/// Errors  a block that cannot be read, or does not decode to as many T as were stored, fails the
///         task
template <class T>
class ReceivedBlocksNode final : public Node<T> {
 public:
  using Blocks = std::vector<std::shared_ptr<ReceivedBlock>>;

  ReceivedBlocksNode(std::shared_ptr<RddContext> context, std::string operation, Blocks blocks)
      : Node<T>(std::move(context), std::move(operation), "BlockRDD"), blocks_(std::move(blocks)) {}

  int numPartitions() const override { return static_cast<int>(blocks_.size()); }

  template <class Sink>
  bool compute(int split, TaskContext&, Sink&& sink) {
    ReceivedBlock& block = *blocks_[static_cast<size_t>(split)];
    const BlockContent content = valueOrThrow(block.read());
    if (content.elements) {
      for (const auto& element : elementsOf(content)) {
        if (!sink(element)) return false;
      }
      return true;
    }
    if constexpr (Encodable<T>) {
      ByteReader in(*content.bytes);
      for (int64_t i = 0; i < block.info().count; ++i) {
        T element = Codec<T>::decode(in);
        if (!in.ok()) break;
        if (!sink(std::move(element))) return false;
      }
      checkAllRead(in, block);
    }
    return true;
  }

  void computeChunks(int split, TaskContext& task, ChunkSink<T> sink) override {
    if constexpr (kChunkElements<T> == 1) {
      computeIntoChunks<T>(*this, split, task, sink);
    } else {
      ReceivedBlock& block = *blocks_[static_cast<size_t>(split)];
      const BlockContent content = valueOrThrow(block.read());
      if (content.elements) {
        const std::vector<T>& elements = elementsOf(content);
        // Not movable, so never written through.
        if (!elements.empty())
          sink(Chunk<T>{const_cast<T*>(elements.data()), elements.size(), false});
      } else if constexpr (std::is_same_v<T, std::string>) {
        readLines(block, *content.bytes, sink);
      } else {
        computeIntoChunks<T>(*this, split, task, sink);
      }
    }
  }

 private:
  static const std::vector<T>& elementsOf(const BlockContent& content) {
    return *static_cast<const std::vector<T>*>(content.elements.get());
  }

  /// Into strings that are used again and again, so that they keep their room.
  static void readLines(const ReceivedBlock& block, const std::string& bytes, ChunkSink<T> sink) {
    ByteReader in(bytes);
    auto left = static_cast<size_t>(block.info().count);
    std::vector<std::string> chunk(std::min(left, kChunkElements<T>));
    while (left > 0) {
      const size_t size = std::min(left, chunk.size());
      for (size_t i = 0; i < size; ++i) chunk[i].assign(in.readSizedBytes());
      if (!in.ok()) break;
      if (!sink(Chunk<T>{chunk.data(), size, true})) return;
      left -= size;
    }
    checkAllRead(in, block);
  }

  static void checkAllRead(const ByteReader& in, const ReceivedBlock& block) {
    if (!in.atEnd())
      throw SparkException("received block " + std::to_string(block.info().number) +
                           " does not hold what was stored in it");
  }

  const Blocks blocks_;
};

}  // namespace spate
