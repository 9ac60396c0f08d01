#pragma once

#include <cstdint>

namespace spate {

class RddContext;

/// The stored partitions of an application, and the memory they may take.
class BlockStore {
 public:
  BlockStore(RddContext& context, int64_t memoryBudget)
      : context_(context), memoryBudget_(memoryBudget) {}

  int64_t memoryBudget() const { return memoryBudget_; }

 private:
  [[maybe_unused]] RddContext& context_;
  int64_t memoryBudget_;
};

}  // namespace spate
