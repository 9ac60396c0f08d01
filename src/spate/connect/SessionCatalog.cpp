#include "spate/connect/SessionCatalog.h"

#include <utility>

#include "spate/base/FileSystem.h"
#include "spate/catalog/CatalogErrors.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

/// Null for none.
plan::RelationPtr relationOf(const CatalogTable* table) {
  if (table == nullptr) return nullptr;
  // Whose files somebody else has removed has no rows.
  if (!FileSystem::local()->exists(table->location))
    return plan::make(plan::LocalRelation{nullptr, table->schema});
  plan::ReadSource source;
  source.format = table->provider;
  source.schema = table->schema;
  source.options = table->options;
  source.options.erase("path");
  source.paths = {table->location};
  plan::SubqueryAlias alias;
  alias.input = plan::make(std::move(source));
  alias.alias = table->name.table;
  alias.qualifier = {kSessionCatalogName, table->name.database};
  return plan::make(std::move(alias));
}

}  // namespace

std::string SessionCatalog::currentDatabase() const {
  const std::lock_guard lock(mutex_);
  return currentDatabase_;
}

Status SessionCatalog::setCurrentDatabase(const std::string& name) {
  const std::string database = lowerCase(name);
  if (!tables().findDatabase(database)) return schemaNotFoundError(database);
  const std::lock_guard lock(mutex_);
  currentDatabase_ = database;
  return Status::OK();
}

Result<TableIdentifier> SessionCatalog::identify(const std::vector<std::string>& nameParts) const {
  if (nameParts.size() == 1) return TableIdentifier{currentDatabase(), lowerCase(nameParts[0])};
  if (nameParts.size() == 2)
    return TableIdentifier{lowerCase(nameParts[0]), lowerCase(nameParts[1])};
  if (nameParts.size() == 3 && lowerCase(nameParts[0]) == kSessionCatalogName)
    return TableIdentifier{lowerCase(nameParts[1]), lowerCase(nameParts[2])};
  return failure(singlePartNamespaceError(quotedName(nameParts)));
}

Result<std::string> SessionCatalog::databaseOf(const std::vector<std::string>& nameParts) const {
  if (nameParts.empty()) return currentDatabase();
  if (nameParts.size() == 1) return lowerCase(nameParts[0]);
  if (nameParts.size() == 2 && lowerCase(nameParts[0]) == kSessionCatalogName)
    return lowerCase(nameParts[1]);
  return failure(singlePartNamespaceError(quotedName(nameParts)));
}

const TempViews* SessionCatalog::viewsOf(const std::vector<std::string>& nameParts) const {
  if (nameParts.size() == 1) return &views_;
  if (nameParts.size() == 2 && lowerCase(nameParts[0]) == kGlobalDatabase)
    return shared_.globalViews.get();
  return nullptr;
}

bool SessionCatalog::hasView(const std::vector<std::string>& nameParts) const {
  const TempViews* views = viewsOf(nameParts);
  return views != nullptr && views->has(lowerCase(nameParts.back()));
}

bool SessionCatalog::dropView(const std::vector<std::string>& nameParts) {
  const std::string name = lowerCase(nameParts.back());
  const TempViews* views = viewsOf(nameParts);
  if (views == nullptr) return false;
  return views == &views_ ? views_.drop(name) : globalViews().drop(name);
}

Result<std::shared_ptr<const CatalogTable>> SessionCatalog::findTable(
    const std::vector<std::string>& nameParts) const {
  if (hasView(nameParts)) return std::shared_ptr<const CatalogTable>();
  SPATE_ASSIGN_OR_FAIL(const TableIdentifier name, identify(nameParts));
  return tables().findTable(name);
}

Result<NamedRelation> SessionCatalog::resolve(const std::vector<std::string>& nameParts) const {
  if (const TempViews* views = viewsOf(nameParts)) {
    NamedRelation view = views->find(lowerCase(nameParts.back()));
    if (view.make) return view;
  }
  SPATE_ASSIGN_OR_FAIL(const auto table, findTable(nameParts));
  if (!table) return NamedRelation();
  // By the full name: the current database may be another when a view is read.
  return NamedRelation{[tables = shared_.tables, name = table->name] {
    return relationOf(tables->findTable(name).get());
  }};
}

std::string SessionCatalog::searchPath() const {
  return "[`system`.`session`, `spark_catalog`." + quotedPart(currentDatabase()) + "]";
}

}  // namespace spate
