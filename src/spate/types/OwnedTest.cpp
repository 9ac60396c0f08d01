#include <gtest/gtest.h>

#include <memory>

#include "spate/types/Owned.h"

namespace spate {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(std::is_same_v<Owned<std::string_view>, std::string>);
static_assert(
    std::is_same_v<Owned<const std::pair<std::string_view, long>&>, std::pair<std::string, long>>);
static_assert(std::is_same_v<Owned<std::tuple<int, std::vector<std::string_view>>>,
                             std::tuple<int, std::vector<std::string>>>);
static_assert(std::is_same_v<Owned<std::array<std::optional<std::string_view>, 2>>,
                             std::array<std::optional<std::string>, 2>>);
static_assert(std::is_same_v<Owned<std::string>, std::string>);
static_assert(isView<std::string_view> && isView<std::pair<int, std::string_view>>);
static_assert(!isView<std::string> && !isView<std::pair<int, std::string>> && !isView<int>);

TEST(Owned, copiesTheTextBehindViews) {
  std::string line = "to be";
  const std::string_view word = std::string_view(line).substr(0, 2);
  const auto pair = toOwned(std::pair(word, 1));
  const auto list = toOwned(std::vector{word, word});
  const auto tuple = toOwned(std::tuple(std::optional(word), 2.5));
  const auto array = toOwned(std::array{word});
  line.assign("xxxxx");
  EXPECT_EQ(std::pair("to"s, 1), pair);
  EXPECT_EQ((std::vector{"to"s, "to"s}), list);
  EXPECT_EQ(std::tuple(std::optional("to"s), 2.5), tuple);
  EXPECT_EQ("to"s, array[0]);
  EXPECT_EQ(std::nullopt, toOwned(std::optional<std::string_view>()));
}

TEST(Owned, movesWhatIsOwnedAlready) {
  auto pointer = std::make_unique<int>(7);
  const std::unique_ptr<int> moved = toOwned(std::move(pointer));
  EXPECT_EQ(7, *moved);
  const auto mixed = toOwned(std::pair("view"sv, std::make_unique<int>(8)));
  EXPECT_EQ("view", mixed.first);
  EXPECT_EQ(8, *mixed.second);
}

}  // namespace
}  // namespace spate
