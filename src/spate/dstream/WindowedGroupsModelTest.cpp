#include "spate/dstream/StreamModels.h"

// Groups, counts and joins of windows on random streams with a restart in them, against models that
// look at the whole input each time.

namespace spate::testing {
namespace {

TEST(WindowedGroupsModel, groupByKeyAndWindow) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    using Group = std::pair<int, std::vector<int>>;
    checkWindows<Group>(stream, w.slide,
                        outputsOf(stream,
                                  [&](const auto& s) {
                                    return s.groupByKeyAndWindow(w.window(), w.step())
                                        .mapValues([](std::vector<int> values) {
                                          std::sort(values.begin(), values.end());
                                          return values;
                                        });
                                  }),
                        [&](int batch) {
                          std::map<int, std::vector<int>> groups;
                          for (const auto& [key, value] : windowOf(stream.input, batch, w.length))
                            groups[key].push_back(value);
                          for (auto& [key, values] : groups)
                            std::sort(values.begin(), values.end());
                          return sortedEntries(groups);
                        });
  }));
}

TEST(WindowedGroupsModel, countByWindow) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    checkWindows<int64_t>(
        stream, w.slide,
        outputsOf(stream, [&](const auto& s) { return s.countByWindow(w.window(), w.step()); }),
        [&](int batch) {
          std::vector<int64_t> count;
          // As in Spark: nothing until there was something, then a number.
          bool seen = false;
          for (int at = w.slide; at <= batch; at += w.slide)
            seen = seen || !windowOf(stream.input, at, w.length).empty();
          if (seen)
            count.push_back(static_cast<int64_t>(windowOf(stream.input, batch, w.length).size()));
          return count;
        });
  }));
}

TEST(WindowedGroupsModel, countByValueAndWindow) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const RandomWindow w;
    using Counted = std::pair<IntPair, int64_t>;
    checkWindows<Counted>(
        stream, w.slide,
        outputsOf(stream,
                  [&](const auto& s) { return s.countByValueAndWindow(w.window(), w.step()); }),
        [&](int batch) {
          std::map<IntPair, int64_t> counts;
          for (const IntPair& pair : windowOf(stream.input, batch, w.length)) ++counts[pair];
          return sortedEntries(counts);
        });
  }));
}

TEST(WindowedGroupsModel, joinOfTwoWindows) {
  EXPECT_TRUE(rc::check([] {
    const RandomStream stream = randomStream();
    const int left = *rc::gen::inRange(1, 5);
    const int right = *rc::gen::inRange(1, 5);
    using Joined = std::pair<int, std::pair<int, int>>;
    checkWindows<Joined>(
        stream, 1,
        outputsOf(stream,
                  [&](const auto& s) {
                    return s.window(kBatch * left).join(s.mapValues([](int v) {
                                                           return -v;
                                                         }).window(kBatch * right));
                  }),
        [&](int batch) {
          std::vector<Joined> joined;
          for (const auto& [key, value] : windowOf(stream.input, batch, left))
            for (const auto& [other, otherValue] : windowOf(stream.input, batch, right))
              if (key == other) joined.push_back({key, {value, -otherValue}});
          return joined;
        });
  }));
}

}  // namespace
}  // namespace spate::testing
