#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/state/RowTable.h"

namespace spate {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries entriesOf(const RowTable& table) {
  Entries entries;
  table.scan([&](std::string_view key, std::string_view value) {
    entries.emplace_back(std::string(key), std::string(value));
  });
  return entries;
}

TEST(RowTable, visitsInTheOrderInWhichKeysCameIn) {
  RowTable table;
  for (const char* key : {"z", "a", "m"}) table.put(key, "1");
  table.put("a", "longer than before");
  EXPECT_EQ(entriesOf(table), (Entries{{"z", "1"}, {"a", "longer than before"}, {"m", "1"}}));
  table.commit();
  table.remove("z");
  table.commit();
  table.put("z", "3");
  EXPECT_EQ(entriesOf(table), (Entries{{"a", "longer than before"}, {"m", "1"}, {"z", "3"}}));
}

TEST(RowTable, abortTakesBackEveryKindOfChange) {
  RowTable table;
  for (const char* key : {"changed", "removed", "revived", "kept", ""}) table.put(key, "1");
  table.commit();
  table.put("changed", "2");
  table.put("changed", "three");
  EXPECT_TRUE(table.remove("removed"));
  EXPECT_FALSE(table.remove("removed"));
  table.remove("revived");
  table.put("revived", "4");
  table.put("new", "5");
  table.put("gone", "6");
  table.remove("gone");
  table.put("", "");
  EXPECT_EQ(table.changes(), 6u);
  EXPECT_EQ(
      entriesOf(table),
      (Entries{{"changed", "three"}, {"revived", "4"}, {"kept", "1"}, {"", ""}, {"new", "5"}}));
  table.abort();
  EXPECT_EQ(
      entriesOf(table),
      (Entries{{"changed", "1"}, {"removed", "1"}, {"revived", "1"}, {"kept", "1"}, {"", "1"}}));
  EXPECT_EQ(table.changes(), 0u);
}

TEST(RowTable, listsChangesWithoutKeysThatCameAndWent) {
  RowTable table;
  table.put("old", "1");
  table.commit();
  table.put("came and went", "1");
  table.remove("came and went");
  table.remove("old");
  table.put("new", "2");
  std::map<std::string, std::optional<std::string>> changes;
  table.forEachChange([&](std::string_view key, const std::string_view* value) {
    changes[std::string(key)] =
        value == nullptr ? std::nullopt : std::optional(std::string(*value));
  });
  EXPECT_EQ(changes,
            (std::map<std::string, std::optional<std::string>>{{"new", "2"}, {"old", {}}}));
}

TEST(RowTable, findsManyAtOnceAndPutsThemWhereTheyStand) {
  RowTable table;
  for (int i = 0; i < 1000; i += 2) table.put("key" + std::to_string(i), std::to_string(i));
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back("key" + std::to_string(i));
  texts.push_back("key1");  // new, and twice
  const std::vector<std::string_view> keys(texts.begin(), texts.end());
  std::vector<RowTable::Place> places(keys.size());
  table.findAll(keys, places);
  for (size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(table.valueAt(places[i]).has_value(), i % 2 == 0);
    if (i % 2 == 0) {
      EXPECT_EQ(*table.valueAt(places[i]), std::to_string(i));
    }
  }
  for (size_t i = 0; i < keys.size(); ++i) table.put(places[i], keys[i], "new" + std::to_string(i));
  EXPECT_EQ(table.size(), 1000u);
  EXPECT_EQ(*table.get("key0"), "new0");
  EXPECT_EQ(*table.get("key1"), "new1000");
  table.abort();
  EXPECT_EQ(table.size(), 0u);
}

TEST(RowTable, memoryIsGivenBackWhenMostEntriesAreGone) {
  RowTable table;
  const std::string long100(100, 'x');
  for (int i = 0; i < 10'000; ++i) table.put(long100 + std::to_string(i), "12345678");
  table.commit();
  const size_t full = table.memoryBytes();
  EXPECT_GT(full, 10'000u * (100 + 8 + 24));
  EXPECT_LT(full, 10'000u * 2 * (100 + 8 + 24));
  for (int i = 10; i < 10'000; ++i) table.remove(long100 + std::to_string(i));
  table.commit();
  EXPECT_LT(table.memoryBytes(), full / 20);
  EXPECT_EQ(table.size(), 10u);
  EXPECT_EQ(*table.get(long100 + "7"), "12345678");
}

// Against std::map, with values of all sizes and few keys, so that their hashes collide at home.
TEST(RowTable, behavesAsAMapWithUndo) {
  rc::check([] {
    RowTable table;
    std::map<std::string, std::string> live;
    std::map<std::string, std::string> committed;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
    for (const int step : steps) {
      const std::string key = "key" + std::to_string(step % 97);
      const std::string value(static_cast<size_t>(step % 5 * 9), static_cast<char>('a' + step % 7));
      if (step < 300) {
        table.put(key, value);
        live[key] = value;
      } else if (step < 600) {
        const std::string_view keys[] = {key, "other"};
        RowTable::Place places[2];
        table.findAll(keys, places);
        RC_ASSERT(table.valueAt(places[0]).has_value() == live.contains(key));
        table.put(places[1], keys[1], value);
        table.put(places[0], keys[0], value);
        live["other"] = live[key] = value;
      } else if (step < 900) {
        RC_ASSERT(table.remove(key) == (live.erase(key) == 1));
      } else if (step < 960) {
        table.commit();
        committed = live;
      } else {
        table.abort();
        live = committed;
      }
      const Entries entries = entriesOf(table);
      RC_ASSERT(table.size() == live.size());
      RC_ASSERT((std::map<std::string, std::string>(entries.begin(), entries.end()) == live));
      RC_ASSERT(table.get(key).has_value() == live.contains(key));
    }
  });
}

TEST(RowTable, loadsWhatDeltasSayInTheirOrder) {
  RowTable table;
  for (int i = 0; i < 300; ++i) table.load("k" + std::to_string(i), "1");
  for (int i = 0; i < 299; ++i) table.loadRemoved("k" + std::to_string(i));
  table.loadRemoved("nobody");
  table.load("k299", "of another size");
  table.load("k0", "2");
  EXPECT_EQ(entriesOf(table), (Entries{{"k299", "of another size"}, {"k0", "2"}}));
  EXPECT_EQ(table.changes(), 0u);
}

}  // namespace
}  // namespace spate
