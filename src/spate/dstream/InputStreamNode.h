#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "spate/dstream/StreamGraph.h"
#include "spate/dstream/StreamNode.h"

namespace spate {

/// An input stream: turns the range of positions that a batch was given into that batch's RDD.
/// Derive, give source() and rddFor(), and register with makeInputStream.
///
/// rddFor() must give the same elements for the same range each time, also in another process:
/// that is what makes a batch repeatable after a crash.
template <class T>
class InputStreamNode : public TypedStreamNode<Node<T>>, public InputStream {
 public:
  using TypedStreamNode<Node<T>>::TypedStreamNode;

  bool isInput() const final { return true; }

  std::optional<RDD<T>> compute(Time time) final {
    return rddFor(time, this->graph()->rangeAt(time, place_));
  }

  /// The RDD of a batch; `range` may be empty.
  virtual RDD<T> rddFor(Time time, const OffsetRange& range) = 0;

  /// Its place among the inputs, and so in the offset log: its own files are in
  /// `<checkpoint>/sources/<place>/`.
  size_t place() const { return place_; }
  void setPlace(size_t place) { place_ = place; }

 private:
  size_t place_ = 0;
};

/// Makes an input stream and adds it to the graph's inputs.
template <class Input, class... Args>
std::shared_ptr<Input> makeInputStream(const std::shared_ptr<StreamGraph>& graph, Args&&... args) {
  auto input = std::make_shared<Input>(graph, std::forward<Args>(args)...);
  input->setPlace(graph->addInput(input, *input));
  return input;
}

}  // namespace spate
