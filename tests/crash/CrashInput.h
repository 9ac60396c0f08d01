#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spate/dstream/StreamingContext.h"

namespace spate::crash {

/// What --input may say.
std::vector<std::string> inputKinds();

/// The stream of lines. `source`: the directory or file of the kinds that have one; `batches`: how
/// many RDDs the queue has.
DStream<std::string> inputStream(StreamingContext& ssc, const std::string& kind,
                                 const std::string& source, int batches);

std::vector<std::string> wordsOf(std::string_view line);

}  // namespace spate::crash
