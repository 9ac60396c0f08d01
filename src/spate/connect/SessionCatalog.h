#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spate/catalog/InMemoryCatalog.h"
#include "spate/connect/TempViews.h"
#include "spate/plan/Relation.h"

namespace spate {

/// What all sessions of a server share: its tables and its global temporary views.
struct SharedCatalog {
  std::shared_ptr<InMemoryCatalog> tables;
  std::shared_ptr<TempViews> globalViews = std::make_shared<TempViews>();
};

/// What a name means in a session: a temporary view, a global one, a table of the current database
/// or of another.
///
/// Errors  REQUIRES_SINGLE_PART_NAMESPACE, SCHEMA_NOT_FOUND
/// Threads all functions from any thread
class SessionCatalog {
 public:
  static constexpr const char* kGlobalDatabase = "global_temp";

  explicit SessionCatalog(SharedCatalog shared) : shared_(std::move(shared)) {}

  const SharedCatalog& shared() const { return shared_; }
  InMemoryCatalog& tables() const { return *shared_.tables; }
  TempViews& views() { return views_; }
  TempViews& globalViews() const { return *shared_.globalViews; }

  std::string currentDatabase() const;
  Status setCurrentDatabase(const std::string& name);

  /// a, db.a, spark_catalog.db.a; the database need not be there.
  Result<TableIdentifier> identify(const std::vector<std::string>& nameParts) const;
  /// db, spark_catalog.db; with no parts the current one.
  Result<std::string> databaseOf(const std::vector<std::string>& nameParts) const;

  bool hasView(const std::vector<std::string>& nameParts) const;
  bool dropView(const std::vector<std::string>& nameParts);
  /// Null: there is none, or a view has the name.
  Result<std::shared_ptr<const CatalogTable>> findTable(
      const std::vector<std::string>& nameParts) const;
  /// What a query reads under the name: views first. A table is a ReadSource under a SubqueryAlias
  /// with its full name.
  Result<NamedRelation> resolve(const std::vector<std::string>& nameParts) const;

  /// "[`system`.`session`, `spark_catalog`.`default`]": where statements look for tables.
  std::string searchPath() const;

 private:
  const TempViews* viewsOf(const std::vector<std::string>& nameParts) const;

  const SharedCatalog shared_;
  TempViews views_;
  mutable std::mutex mutex_;
  std::string currentDatabase_ = "default";
};

}  // namespace spate
