#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/state/StateStore.h"

namespace spate {
namespace {

using testing::HasSubstr;
using Store = StateStore<std::string, int64_t>;
using Entries = std::vector<std::pair<std::string, int64_t>>;

constexpr const char* kDirectory = "/ckpt/state/0/1";

Entries entriesOf(const Store& store) {
  Entries entries;
  store.scan([&](const std::string& key, int64_t value) { entries.emplace_back(key, value); });
  return entries;
}

class StateStoreTest : public testing::Test {
 protected:
  StateStoreOptions options() {
    StateStoreOptions options;
    options.files = files;
    options.directory = kDirectory;
    options.faults = faults.get();
    options.maintenance = maintenance.get();
    options.conf.minDeltasForSnapshot = 3;
    options.conf.minDeltaShareForSnapshot = 0;
    options.conf.minVersionsToRetain = 5;
    return options;
  }
  std::unique_ptr<Store> open(int64_t version) {
    auto store = Store::open(options(), version);
    EXPECT_TRUE(store) << store.error().toString();
    return std::move(store).value();
  }
  /// Version v holds "v1" .. "v<v>", and "latest" = v.
  void commitUpTo(Store& store, int64_t last) {
    for (int64_t v = store.version() + 1; v <= last; ++v) {
      store.put("v" + std::to_string(v), v);
      store.put("latest", v);
      ASSERT_EQ(store.commit(), v);
      ASSERT_TRUE(maintenance->runPending().ok());
    }
  }
  std::string path(const std::string& name) { return joinPath(kDirectory, name); }

  std::shared_ptr<InMemoryFileSystem> files = std::make_shared<InMemoryFileSystem>();
  std::unique_ptr<FaultPoints> faults = std::make_unique<FaultPoints>();
  std::unique_ptr<StateMaintenance> maintenance =
      std::make_unique<StateMaintenance>(StateMaintenance::Mode::kByHand, *faults);
};

TEST_F(StateStoreTest, committedVersionSurvivesAPowerCutAndTheRestDoesNot) {
  {
    auto store = open(0);
    EXPECT_EQ(store->size(), 0u);
    store->put("a", 1);
    store->put("b", 2);
    EXPECT_EQ(*store->commit(), 1);
    store->remove("a");
    store->put("c", 3);
    EXPECT_EQ(*store->commit(), 2);
    store->put("d", 4);
  }
  files->crash();
  EXPECT_EQ(entriesOf(*open(2)), (Entries{{"b", 2}, {"c", 3}}));
  EXPECT_EQ(entriesOf(*open(1)), (Entries{{"a", 1}, {"b", 2}}));
}

TEST_F(StateStoreTest, deltaHoldsTheChangedKeysOnly) {
  auto store = open(0);
  for (int i = 0; i < 10'000; ++i) store->put("key" + std::to_string(i), i);
  ASSERT_TRUE(store->commit());
  store->put("key1", 7);
  store->remove("key2");
  EXPECT_EQ(store->changedKeys(), 2u);
  ASSERT_TRUE(store->commit());
  EXPECT_GT(files->stat(path("1.delta"))->size, 10'000u);
  EXPECT_LT(files->stat(path("2.delta"))->size, 150u);
}

TEST_F(StateStoreTest, abortGoesBackToTheCommittedVersion) {
  auto store = open(0);
  store->put("a", 1);
  ASSERT_TRUE(store->commit());
  store->updateEach([](auto& entry) { entry.set(9); });
  store->put("b", 2);
  store->abort();
  EXPECT_EQ(entriesOf(*store), (Entries{{"a", 1}}));
  EXPECT_EQ(store->version(), 1);
}

TEST_F(StateStoreTest, userFunctionThatThrowsInTheMiddleIsUndone) {
  auto store = open(0);
  for (int i = 0; i < 10; ++i) store->put("k" + std::to_string(i), i);
  ASSERT_TRUE(store->commit());
  const Entries before = entriesOf(*store);
  EXPECT_THROW(store->updateEach([](auto& entry) {
    if (entry.value() == 5) throw std::runtime_error("user");
    entry.remove();
  }),
               std::runtime_error);
  store->abort();
  EXPECT_EQ(entriesOf(*store), before);
}

TEST_F(StateStoreTest, withoutDirectoryItWritesNothing) {
  auto inMemory = options();
  inMemory.directory.clear();
  auto store = *Store::open(inMemory, 0);
  store->put("a", 1);
  EXPECT_EQ(*store->commit(), 1);
  EXPECT_EQ(*store->get("a"), 1);
  EXPECT_EQ(files->list("/")->size(), 0u);
  EXPECT_EQ(Store::open(inMemory, 1).error().code(), StatusCode::kNotFound);
}

TEST_F(StateStoreTest, missingDeltaIsRefusedByName) {
  commitUpTo(*open(0), 2);
  ASSERT_TRUE(files->removeAll(path("1.delta")).ok());
  const auto store = Store::open(options(), 2);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), StatusCode::kNotFound);
  EXPECT_THAT(store.error().message(), HasSubstr(path("1.delta")));
  EXPECT_EQ(store.error().errorClass(),
            "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
}

TEST_F(StateStoreTest, damagedDeltaIsRefusedByName) {
  commitUpTo(*open(0), 2);
  std::string bytes = *files->readFile(path("1.delta"));
  bytes[30] ^= 1;
  ASSERT_TRUE(files->corrupt(path("1.delta"), bytes).ok());
  const auto store = Store::open(options(), 2);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), StatusCode::kCorrupt);
  EXPECT_THAT(store.error().message(), HasSubstr(path("1.delta")));
}

TEST_F(StateStoreTest, damagedSnapshotIsReplacedByAnOlderOneAndItsDeltas) {
  commitUpTo(*open(0), 7);
  ASSERT_TRUE(files->exists(path("6.snapshot")) && files->exists(path("3.snapshot")));
  const Entries before = entriesOf(*open(7));
  ASSERT_TRUE(files->corrupt(path("6.snapshot"), "damaged").ok());
  std::vector<std::string> warnings;
  setLogObserver([&](LogLevel, std::string_view, std::string_view m) { warnings.emplace_back(m); });
  EXPECT_EQ(entriesOf(*open(7)), before);
  setLogObserver({});
  EXPECT_THAT(warnings, testing::ElementsAre(HasSubstr("6.snapshot")));
  ASSERT_TRUE(files->corrupt(path("3.snapshot"), "damaged").ok());
  ASSERT_TRUE(files->removeAll(path("1.delta")).ok());
  EXPECT_FALSE(Store::open(options(), 7));
}

TEST_F(StateStoreTest, uncommittedVersionIsOverwritten) {
  faults->failAt("state.afterDelta", 2, Status::ioError("killed"));
  {
    auto store = open(0);
    commitUpTo(*store, 1);
    store->put("lost", 1);
    EXPECT_FALSE(store->commit());
    EXPECT_EQ(store->version(), 1);
  }
  ASSERT_TRUE(files->exists(path("2.delta")));
  auto store = open(1);
  EXPECT_EQ(store->get("lost"), nullptr);
  store->put("kept", 2);
  EXPECT_EQ(*store->commit(), 2);
  EXPECT_EQ(entriesOf(*open(2)), (Entries{{"v1", 1}, {"latest", 1}, {"kept", 2}}));
}

TEST_F(StateStoreTest, commitThatFailedCanBeRepeated) {
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto limited = options();
  limited.files = faulty;
  auto store = *Store::open(limited, 0);
  store->put("a", 1);
  faulty->limitSpace(5);
  EXPECT_EQ(store->commit().error().code(), StatusCode::kDiskFull);
  faulty->freeSpace();
  EXPECT_EQ(*store->commit(), 1);
  EXPECT_EQ(entriesOf(*open(1)), (Entries{{"a", 1}}));
}

TEST_F(StateStoreTest, goingBackLeavesNothingOfTheHistoryThatIsLeft) {
  commitUpTo(*open(0), 7);  // with 6.snapshot
  {
    auto store = open(4);
    EXPECT_TRUE(files->exists(path("7.delta"))) << "opening alone deletes nothing";
    store->put("other", 1);
    ASSERT_EQ(*store->commit(), 5);
  }
  EXPECT_FALSE(files->exists(path("6.snapshot")));
  EXPECT_FALSE(files->exists(path("7.delta")));
  auto store = open(5);
  ASSERT_TRUE(store->commit());
  ASSERT_EQ(*store->commit(), 7);
  EXPECT_EQ(entriesOf(*open(7)), entriesOf(*open(5)));
  EXPECT_EQ(*open(7)->get("other"), 1);
}

TEST_F(StateStoreTest, olderVersionIsReadWhileTheStoreGoesOn) {
  auto store = open(0);
  commitUpTo(*store, 4);
  auto older = *Store::openReadOnly(options(), 2);
  commitUpTo(*store, 5);
  EXPECT_EQ(entriesOf(*older), (Entries{{"v1", 1}, {"latest", 2}, {"v2", 2}}));
  older->put("x", 1);
  EXPECT_EQ(older->commit().error().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(files->exists(path("5.delta")));
}

TEST_F(StateStoreTest, stateOfOtherTypesIsRefusedWithBothNames) {
  commitUpTo(*open(0), 1);
  const auto other = StateStore<std::string, std::string>::open(options(), 1);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(other.error().message(), HasSubstr("value i64"));
  EXPECT_THAT(other.error().message(), HasSubstr("value string"));
  EXPECT_TRUE(files->exists("/ckpt/state/0/_metadata/typed"));
  auto named = options();
  named.directory += "/left";
  EXPECT_TRUE((StateStore<int64_t, std::string>::open(named, 0)));
  EXPECT_TRUE(files->exists("/ckpt/state/0/_metadata/typed-left"));
}

TEST_F(StateStoreTest, bytesStoreReadsSparksOwnDelta) {
  DeltaWriter writer;
  writer.putBytes("unsafe key", "unsafe row");
  ASSERT_TRUE(files->writeAtomically(path("1.delta"), writer.finish()).ok());
  auto raw = options();
  raw.recordTypes = false;
  auto store = *BytesStateStore::open(raw, 1);
  EXPECT_EQ(*store->get("unsafe key"), "unsafe row");
  EXPECT_FALSE(files->exists("/ckpt/state/0/_metadata"));
}

TEST_F(StateStoreTest, staleHadoopChecksumGoesWithTheFileItBelongedTo) {
  ASSERT_TRUE(files->writeAtomically(path(".1.delta.crc"), "of another content").ok());
  commitUpTo(*open(0), 1);
  EXPECT_FALSE(files->exists(path(".1.delta.crc")));
}

TEST_F(StateStoreTest, visitingOrderIsTheSameAfterARestartFromAnyFiles) {
  rc::check([this] {
    files = std::make_shared<InMemoryFileSystem>();
    maintenance = std::make_unique<StateMaintenance>(StateMaintenance::Mode::kByHand);
    auto store = open(0);
    auto restarted = open(0);
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
    for (const int step : steps) {
      const std::string key = "k" + std::to_string(step % 13);
      if (step < 50) {
        store->put(key, step);
      } else if (step < 80) {
        store->remove(key);
      } else if (step < 95) {
        RC_ASSERT(store->commit().has_value());
        if (step < 88) RC_ASSERT(maintenance->runPending().ok());
        RC_ASSERT(entriesOf(*open(store->version())) == entriesOf(*store));
      } else {
        store->abort();
        store = open(store->version());
      }
    }
  });
}

// Against the history of std::maps: every kept version can be opened, at any time, whatever fails.
TEST_F(StateStoreTest, behavesAsAListOfVersions) {
  rc::check([this] {
    files = std::make_shared<InMemoryFileSystem>();
    faults = std::make_unique<FaultPoints>();
    std::map<std::string, int> reached;
    faults->observe([&reached](std::string_view point) { ++reached[std::string(point)]; });
    maintenance = std::make_unique<StateMaintenance>(StateMaintenance::Mode::kByHand, *faults);
    using Model = std::map<std::string, int64_t>;
    std::vector<Model> versions(1);
    Model live;
    auto store = open(0);
    const char* const points[] = {"state.beforeDelta", "state.afterDelta", "state.beforeSnapshot",
                                  "state.afterSnapshot", "state.beforeDelete"};
    int oldestKept = 0;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1000));
    for (const int step : steps) {
      const std::string key = "key" + std::to_string(step % 11);
      if (step < 400) {
        store->put(key, step);
        live[key] = step;
      } else if (step < 550) {
        store->remove(key);
        live.erase(key);
      } else if (step < 800) {
        if (const auto version = store->commit()) {
          versions.push_back(live);
          RC_ASSERT(*version == static_cast<int64_t>(versions.size()) - 1);
        }
      } else if (step < 850) {
        store->abort();
        live = versions.back();
      } else if (step < 900) {
        if (maintenance->runPending().ok())
          oldestKept = std::max(oldestKept, static_cast<int>(versions.size()) - 5);
      } else if (step < 930) {
        const char* point = points[step % 5];
        faults->failAt(point, reached[point] + 1, Status::ioError("fault"));
      } else {
        // The process dies; it may come back at an older version.
        store.reset();
        files->crash();
        const int newest = static_cast<int>(versions.size()) - 1;
        const int back = step < 960 ? 0 : step % 3;
        const int version = std::max(newest - back, std::min(oldestKept, newest));
        versions.resize(static_cast<size_t>(version) + 1);
        store = open(version);
        live = versions.back();
        RC_ASSERT(store->version() == version);
      }
      const Entries entries = entriesOf(*store);
      RC_ASSERT((Model(entries.begin(), entries.end()) == live));
    }
  });
}

TEST_F(StateStoreTest, snapshotsAreMadeAndOldVersionsDeletedKeepingWhatTheKeptOnesNeed) {
  commitUpTo(*open(0), 20);
  for (int v = 16; v <= 20; ++v) EXPECT_EQ(*(*Store::openReadOnly(options(), v))->get("latest"), v);
  EXPECT_TRUE(files->exists(path("18.snapshot")));
  EXPECT_TRUE(files->exists(path("15.snapshot"))) << "versions 16 and 17 stand on it";
  EXPECT_FALSE(files->exists(path("15.delta")));
  EXPECT_FALSE(files->exists(path("12.snapshot")));
}

TEST_F(StateStoreTest, firstDeltaThatTouchesAKeyTwiceIsMergedInItsOrder) {
  // As Spark writes them: each change as it comes.
  const auto number = [](int64_t value) {
    return [value](std::string& out) { Codec<int64_t>::encode(value, out); };
  };
  const auto key = [](const char* text) {
    return [text](std::string& out) { Codec<std::string>::encode(text, out); };
  };
  DeltaWriter writer;
  writer.put(key("a"), number(1));
  writer.put(key("b"), number(2));
  writer.put(key("a"), number(3));
  writer.remove(key("b"));
  ASSERT_TRUE(StateFiles(files, kDirectory).write(1, false, writer.finish()).ok());
  auto store = open(1);
  store->put("c", 4);
  ASSERT_EQ(store->commit(), 2);
  store->put("a", 5);
  ASSERT_EQ(store->commit(), 3);
  ASSERT_TRUE(maintenance->runPending().ok());
  ASSERT_TRUE(files->exists(path("3.snapshot")));
  EXPECT_EQ(entriesOf(*open(3)), (Entries{{"a", 5}, {"c", 4}}));
}

TEST_F(StateStoreTest, largeStateThatChangesLittleIsNotWrittenOutEachTime) {
  auto sparing = options();
  sparing.conf.minDeltaShareForSnapshot = 0.25;
  auto store = *Store::open(sparing, 0);
  for (int i = 0; i < 1000; ++i) store->put("key" + std::to_string(i), i);
  for (int v = 1; v <= 34; ++v) {
    store->put("key1", v);
    ASSERT_TRUE(store->commit());
    ASSERT_TRUE(maintenance->runPending().ok());
  }
  // The first delta, which has all keys, is to the others what a snapshot would be.
  EXPECT_FALSE(files->exists(path("3.snapshot")));
  EXPECT_TRUE(files->exists(path("30.snapshot"))) << "after ten times as many deltas";
  EXPECT_FALSE(files->exists(path("33.snapshot")));
}

TEST_F(StateStoreTest, failingMaintenanceHarmsNothingAndIsTriedAgain) {
  auto store = open(0);
  commitUpTo(*store, 2);
  faults->failAt("state.beforeSnapshot", 1, Status::diskFull("full"));
  store->put("v3", 3);
  ASSERT_TRUE(store->commit());
  EXPECT_EQ(maintenance->runPending().code(), StatusCode::kDiskFull);
  commitUpTo(*store, 4);
  EXPECT_TRUE(files->exists(path("4.snapshot")));
}

TEST_F(StateStoreTest, backgroundThreadFollowsManyStores) {
  StateMaintenance background;
  std::vector<std::thread> tasks;
  for (int partition = 0; partition < 3; ++partition) {
    tasks.emplace_back([&, partition] {
      auto own = options();
      own.directory = "/ckpt/state/0/" + std::to_string(partition);
      own.maintenance = &background;
      for (int round = 0; round < 3; ++round) {
        auto store = *Store::open(own, round * 20);
        for (int v = 1; v <= 20; ++v) {
          store->put("k" + std::to_string(v % 7), v + partition);
          ASSERT_TRUE(store->commit());
          if (v % 10 == 0) {
            ASSERT_TRUE((Store::openReadOnly(own, store->version() - 1)));
          }
        }
      }
    });
  }
  for (std::thread& task : tasks) task.join();
  background.drain();
  background.stop();
  for (int partition = 0; partition < 3; ++partition) {
    auto own = options();
    own.directory = "/ckpt/state/0/" + std::to_string(partition);
    EXPECT_EQ(*(*Store::open(own, 60))->get("k6"), 20 + partition);
  }
}

}  // namespace
}  // namespace spate
