#pragma once

#include <map>
#include <string>
#include <vector>

#include "spate/rdd/NarrowNodes.h"
#include "spate/rdd/PipedProcess.h"
#include "spate/types/ToString.h"

namespace spate {

/// pipe: each partition's elements as lines through a process of its own; its lines of output.
template <class P>
class PipedNode final : public NarrowNode<P, std::string> {
 public:
  PipedNode(std::shared_ptr<P> parent, std::vector<std::string> command,
            std::map<std::string, std::string> environment)
      : NarrowNode<P, std::string>(std::move(parent), "pipe", false, "PipedRDD"),
        command_(std::move(command)),
        environment_(std::move(environment)) {}

  template <class Sink>
  bool compute(int split, TaskContext& task, Sink&& sink) {
    PipedProcess process = valueOrThrow(PipedProcess::start(command_, environment_));
    const auto onLine = [&](std::string_view line) -> bool { return sink(std::string(line)); };
    const bool more = iterate(this->parent(), split, task, [&](auto&& element) {
      return valueOrThrow(process.send(textOf(element), onLine));
    });
    return more && valueOrThrow(process.finish(onLine));
  }
  void computeChunks(int split, TaskContext& task, ChunkSink<std::string> sink) override {
    computeIntoChunks<std::string>(*this, split, task, sink);
  }

 private:
  template <class T>
  static auto textOf(const T& element) {
    if constexpr (StringLike<T>)
      return std::string_view(element);
    else
      return scalaString(element);
  }

  std::vector<std::string> command_;
  std::map<std::string, std::string> environment_;
};

}  // namespace spate
