#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <memory>
#include <string>

#include "spate/state/StateTable.h"

namespace spate {
namespace {

using Table = StateTable<std::string, int64_t>;
using Entries = std::vector<std::pair<std::string, int64_t>>;

Entries entriesOf(const Table& table) {
  Entries entries;
  table.scan([&](const std::string& key, int64_t value) { entries.emplace_back(key, value); });
  return entries;
}

TEST(StateTable, visitsInTheOrderInWhichKeysCameIn) {
  Table table;
  for (const char* key : {"z", "a", "m"}) table.put(key, 1);
  table.put("a", 2);
  EXPECT_EQ(entriesOf(table), (Entries{{"z", 1}, {"a", 2}, {"m", 1}}));
  table.commit();
  table.remove("z");
  table.commit();
  table.put("z", 3);
  EXPECT_EQ(entriesOf(table), (Entries{{"a", 2}, {"m", 1}, {"z", 3}}));
}

TEST(StateTable, abortTakesBackEveryKindOfChange) {
  Table table;
  for (const char* key : {"changed", "removed", "revived", "kept"}) table.put(key, 1);
  table.commit();
  table.put("changed", 2);
  table.put("changed", 3);
  table.remove("removed");
  table.remove("revived");
  table.put("revived", 4);
  table.put("new", 5);
  table.put("gone", 6);
  table.remove("gone");
  EXPECT_EQ(table.changes(), 5u);
  EXPECT_EQ(entriesOf(table), (Entries{{"changed", 3}, {"revived", 4}, {"kept", 1}, {"new", 5}}));
  table.abort();
  EXPECT_EQ(entriesOf(table),
            (Entries{{"changed", 1}, {"removed", 1}, {"revived", 1}, {"kept", 1}}));
  EXPECT_EQ(table.changes(), 0u);
}

TEST(StateTable, listsChangesWithoutKeysThatCameAndWent) {
  Table table;
  table.put("old", 1);
  table.commit();
  table.put("came and went", 1);
  table.remove("came and went");
  table.remove("old");
  table.put("new", 2);
  std::map<std::string, std::optional<int64_t>> changes;
  table.forEachChange([&](const std::string& key, const int64_t* value) {
    changes[key] = value == nullptr ? std::nullopt : std::optional<int64_t>(*value);
  });
  EXPECT_EQ(changes, (std::map<std::string, std::optional<int64_t>>{{"new", 2}, {"old", {}}}));
}

TEST(StateTable, updateEachChangesInPlaceAndDoesNotVisitWhatItPuts) {
  Table table;
  for (int i = 0; i < 100; ++i) table.put("k" + std::to_string(i), i);
  table.commit();
  int visits = 0;
  table.updateEach([&](Table::Entry& entry) {
    ++visits;
    if (entry.value() % 4 == 0) entry.set(-1);
    if (entry.value() % 4 == 1) entry.remove();
    if (entry.value() % 4 == 2) entry.mutate() += 1000;
    table.put("new" + std::to_string(visits), visits);
  });
  EXPECT_EQ(visits, 100);
  EXPECT_EQ(table.size(), 175u);
  EXPECT_EQ(*table.get("k2"), 1002);
  EXPECT_EQ(table.get("k5"), nullptr);
  table.abort();
  EXPECT_EQ(table.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*table.get("k" + std::to_string(i)), i);
}

TEST(StateTable, takesViewsOfKeysAndMoveOnlyValues) {
  StateTable<std::string, std::unique_ptr<int>> table;
  table.put(std::string_view("a"), std::make_unique<int>(1));
  table.commit();
  table.put(std::string_view("a"), std::make_unique<int>(2));
  EXPECT_EQ(**table.get(std::string_view("a")), 2);
  table.abort();
  EXPECT_EQ(**table.get("a"), 1);
  EXPECT_TRUE(table.remove(std::string_view("a")));
  EXPECT_FALSE(table.remove(std::string_view("a")));
}

TEST(StateTable, valuesDoNotMoveWhileTheTableGrows) {
  StateTable<int64_t, std::string> table;
  table.put(1, "one");
  const std::string* value = table.get(1);
  for (int64_t i = 2; i < 10'000; ++i) table.put(i, "x");
  EXPECT_EQ(table.get(1), value);
}

TEST(StateTable, memoryIsGivenBackWhenMostEntriesAreGone) {
  Table table;
  for (int i = 0; i < 10'000; ++i) table.put(std::string(100, 'x') + std::to_string(i), i);
  table.commit();
  const size_t full = table.memoryBytes();
  EXPECT_GT(full, 10'000u * (sizeof(std::string) + 100 + 8));
  table.updateEach([](Table::Entry& entry) {
    if (entry.value() >= 10) entry.remove();
  });
  table.commit();
  EXPECT_LT(table.memoryBytes(), full / 20);
  EXPECT_EQ(table.size(), 10u);
  EXPECT_EQ(*table.get(std::string(100, 'x') + "7"), 7);
}

// Against std::map, with the order kept beside it.
TEST(StateTable, behavesAsAMapWithUndo) {
  rc::check([] {
    Table table;
    std::map<std::string, int64_t> live;
    std::map<std::string, int64_t> committed;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
    for (const int step : steps) {
      const std::string key = "key" + std::to_string(step % 37);
      if (step < 550) {
        table.put(key, step);
        live[key] = step;
      } else if (step < 850) {
        RC_ASSERT(table.remove(key) == (live.erase(key) == 1));
      } else if (step < 900) {
        table.updateEach([&](Table::Entry& entry) {
          if (entry.value() % 3 == step % 3) {
            live.erase(entry.key());
            entry.remove();
          } else if (entry.value() % 3 == (step + 1) % 3) {
            live[entry.key()] += 1;
            entry.mutate() += 1;
          }
        });
      } else if (step < 960) {
        table.commit();
        committed = live;
      } else {
        table.abort();
        live = committed;
      }
      const Entries entries = entriesOf(table);
      RC_ASSERT(table.size() == live.size());
      RC_ASSERT((std::map<std::string, int64_t>(entries.begin(), entries.end()) == live));
      const int64_t* value = table.get(key);
      RC_ASSERT((value != nullptr) == live.contains(key));
    }
  });
}

}  // namespace
}  // namespace spate
