#pragma once

#include <memory>
#include <string>
#include <utility>

#include "spate/dstream/DStream.h"
#include "spate/dstream/ReceiverInputStream.h"
#include "spate/dstream/SocketReceiver.h"

namespace spate {

/// The DStream of what `receiver` stores; behind StreamingContext::receiverStream and the like.
template <class T>
DStream<T> makeReceiverStream(const std::shared_ptr<StreamGraph>& graph,
                              StreamingListenerBus& listeners, std::string operation,
                              std::shared_ptr<Receiver<T>> receiver) {
  return DStream<T>(makeInputStream<ReceiverInputStream<T>>(graph, std::move(operation),
                                                            std::move(receiver), listeners));
}

}  // namespace spate
