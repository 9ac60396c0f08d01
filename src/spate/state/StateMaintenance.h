#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "spate/base/FaultPoints.h"
#include "spate/base/Status.h"
#include "spate/state/StateFiles.h"

namespace spate {

/// Keeps the directories of state stores short, away from the path of a batch: merges a snapshot
/// and the deltas behind it into the next snapshot, and deletes versions that are no longer kept.
/// It works on the files alone, so no store waits for it, and it holds only the merged deltas in
/// memory.
///
/// In      committed(): a store has a new version
/// Out     `V.snapshot` files; deleted files
/// Errors  of a background run are logged as WARN and tried again at the next commit
/// Threads all functions from any thread. One background thread, or none: then runPending()
class StateMaintenance {
 public:
  enum class Mode { kOwnThread, kByHand };

  explicit StateMaintenance(Mode mode = Mode::kOwnThread,
                            FaultPoints& faults = FaultPoints::none());
  ~StateMaintenance();
  StateMaintenance(const StateMaintenance&) = delete;
  StateMaintenance& operator=(const StateMaintenance&) = delete;

  /// Called by a store after each commit, with the size of the delta it wrote. Returns at once.
  void committed(const StateFiles& files, int64_t version, uint64_t deltaBytes,
                 const StateStoreConf& conf);
  /// Called when a store is closed: nothing touches its directory once this has returned.
  void forget(const std::string& directory);

  /// Does on the calling thread what is due. The first error; the rest is done all the same.
  Status runPending();
  /// Waits until the background thread has done all that was due when called.
  void drain();
  /// Ends the background thread after the directory it works on. What was due stays undone: the
  /// next commit after a restart makes it due again.
  void stop();

 private:
  struct Due {
    StateFiles files;
    int64_t version;
    StateStoreConf conf;
    std::vector<StateFiles::Entry> deltas;  // since it was last due
  };

  void work();
  bool runOne(std::unique_lock<std::mutex>& lock, Status& status);
  Result<std::vector<StateFiles::Entry>> maintain(
      const Due& due, std::optional<std::vector<StateFiles::Entry>> known);
  Status snapshotIfDue(const Due& due, std::vector<StateFiles::Entry>& all);
  Status deleteOld(const Due& due, std::vector<StateFiles::Entry>& all);

  FaultPoints& faults_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Due> due_;  // by directory: only the newest version counts
  /// By directory: the files there, so that it need not be listed for each version.
  std::map<std::string, std::vector<StateFiles::Entry>> known_;
  std::string running_;
  bool stopping_ = false;
  std::thread thread_;
};

/// One snapshot out of an older one (empty: none) and the deltas behind it, oldest first; entries
/// stand in the order in which a StateTable that had loaded these files would visit them.
Result<std::string> mergeStateFiles(const StateFiles& files,
                                    const std::vector<StateFiles::Entry>& inputs);

}  // namespace spate
