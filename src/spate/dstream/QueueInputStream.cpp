#include "spate/dstream/QueueInputStream.h"

#include <charconv>

namespace spate {

int64_t QueueSource::positionOf(const std::optional<Offset>& offset) {
  int64_t position = 0;
  if (offset) {
    const std::string& text = offset->json();
    std::from_chars(text.data(), text.data() + text.size(), position);
  }
  return position;
}

Result<std::optional<Offset>> QueueSource::latestOffset(const std::optional<Offset>& from,
                                                        const ReadLimit&) {
  const int64_t position = positionOf(from);
  const int64_t available = pushed();
  if (available <= position) return from;
  return Offset(std::to_string(oneAtATime_ ? position + 1 : available));
}

}  // namespace spate
