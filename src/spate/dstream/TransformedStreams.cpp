#include "spate/dstream/TransformedStreams.h"

namespace spate {

void checkWindow(const std::string& kind, const StreamNodeBase& parent, Duration window,
                 Duration slide) {
  const Duration step = parent.slideDuration();
  const auto check = [&](const char* what, Duration duration, const char* must) {
    if (duration.isMultipleOf(step) && duration.milliseconds() > 0) return;
    throw SparkException(std::string("The ") + what + " duration of " + kind + " (" +
                         duration.toString() + ") " + must +
                         " of the slide duration of parent DStream (" + step.toString() + ")");
  };
  const char* must = kind.starts_with("windowed") ? "must be a multiple" : "must be multiple";
  check("window", window, must);
  check("slide", slide, must);
}

}  // namespace spate
