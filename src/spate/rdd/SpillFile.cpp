#include "spate/rdd/SpillFile.h"

#include <atomic>

#include "spate/base/Logging.h"

namespace spate {

SpillFile::SpillFile(RddContext& context) : files_(context.sharedFiles()) {
  static std::atomic<int64_t> counter{0};
  path_ =
      joinPath(joinPath(context.localDirectory(), "shuffle"), "spill-" + std::to_string(counter++));
  writer_ = std::make_unique<FrameWriter>(
      valueOrThrow(FrameWriter::start(valueOrThrow(openScratchFile(path_)), "shuffle")));
  sectionStart_ = writer_->size();
}

SpillFile::~SpillFile() {
  // A file that stays goes with the local directory at the end.
  static_cast<void>(files_->removeAll(path_));
}

void SpillFile::endSection() {
  runs_.back().push_back(sectionStart_);
  sectionStart_ = valueOrThrow(writer_->endSection());
}

void warnThatShuffleCannotSpill(const std::string& operation) {
  static std::atomic<bool> warned{false};
  if (!warned.exchange(true))
    logWarn("Shuffle", operation +
                           " holds more than its share of the memory and stays there: its pairs "
                           "have no spate::Codec, so they cannot be spilled to disk");
}

}  // namespace spate
