#include "spate/dstream/StreamModels.h"

// Window operations on random streams with a restart in them, against models that look at the
// whole input each time.

namespace spate::testing {
namespace {

TEST(WindowModel, window) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    checkWindows<IntPair>(
        stream, w.slide,
        outputsOf(stream, [&](const auto& s) { return s.window(w.window(), w.step()); }),
        [&](int batch) { return windowOf(stream.input, batch, w.length); });
  }));
}

TEST(WindowModel, reduceByKeyAndWindow) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    checkWindows<IntPair>(
        stream, w.slide,
        outputsOf(stream,
                  [&](const auto& s) {
                    return s.reduceByKeyAndWindow(std::plus<>(), w.window(), w.step());
                  }),
        [&](int batch) { return sortedEntries(sums(windowOf(stream.input, batch, w.length))); });
  }));
}

TEST(WindowModel, reduceByKeyAndWindowWithInverse) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    checkWindows<IntPair>(stream, w.slide,
                          outputsOf(stream,
                                    [&](const auto& s) {
                                      return s.reduceByKeyAndWindow(std::plus<>(), std::minus<>(),
                                                                    w.window(), w.step());
                                    }),
                          [&](int batch) {
                            // A key stays once it was in a window.
                            std::map<int, int> all;
                            for (int at = w.slide; at <= batch; at += w.slide)
                              for (const auto& [key, value] : windowOf(stream.input, at, w.length))
                                all[key] = 0;
                            for (const auto& [key, value] : windowOf(stream.input, batch, w.length))
                              all[key] += value;
                            return sortedEntries(all);
                          });
  }));
}

TEST(WindowModel, reduceByKeyAndWindowWithInverseAndFilter) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream(1, 4);
    const RandomWindow w;
    checkWindows<IntPair>(
        stream, w.slide,
        outputsOf(stream,
                  [&](const auto& s) {
                    return s.reduceByKeyAndWindow(
                        std::plus<>(), std::minus<>(), w.window(), w.step(), 0,
                        [](const IntPair& pair) { return pair.second != 0; });
                  }),
        [&](int batch) { return sortedEntries(sums(windowOf(stream.input, batch, w.length))); });
  }));
}

}  // namespace
}  // namespace spate::testing
