#include <spark/connect/catalog.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoTypes.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using Node = plan::Relation::Node;

namespace {

using Argument = std::optional<std::string>;

template <class Message>
Argument databaseOf(const Message& message) {
  return message.has_db_name() ? Argument(message.db_name()) : std::nullopt;
}

template <class Message>
Argument patternOf(const Message& message) {
  return message.has_pattern() ? Argument(message.pattern()) : std::nullopt;
}

std::string text(bool value) { return value ? "true" : "false"; }

plan::CatalogCall call(std::string method, std::vector<Argument> arguments = {}) {
  return {std::move(method), std::move(arguments), std::nullopt, {}};
}

/// createTable and createExternalTable: name, path, source, description.
template <class Message>
Result<Node> create(std::string method, const Message& message, Argument description) {
  plan::CatalogCall converted = call(
      std::move(method),
      {message.table_name(), message.has_path() ? Argument(message.path()) : std::nullopt,
       message.has_source() ? Argument(message.source()) : std::nullopt, std::move(description)});
  if (message.has_schema()) {
    SPATE_ASSIGN_OR_FAIL(DataType schema, fromProto(message.schema()));
    converted.schema = std::move(schema);
  }
  converted.options = {message.options().begin(), message.options().end()};
  return converted;
}

/// Calls that change something, or ask whether something is there.
Result<std::optional<Node>> smallCall(const sc::Catalog& message) {
  switch (message.cat_type_case()) {
    case sc::Catalog::kSetCurrentDatabase:
      return call("setCurrentDatabase", {message.set_current_database().db_name()});
    case sc::Catalog::kDatabaseExists:
      return call("databaseExists", {message.database_exists().db_name()});
    case sc::Catalog::kTableExists:
      return call("tableExists",
                  {message.table_exists().table_name(), databaseOf(message.table_exists())});
    case sc::Catalog::kFunctionExists:
      return call("functionExists", {message.function_exists().function_name(),
                                     databaseOf(message.function_exists())});
    case sc::Catalog::kDropTempView:
      return call("dropTempView", {message.drop_temp_view().view_name()});
    case sc::Catalog::kDropGlobalTempView:
      return call("dropGlobalTempView", {message.drop_global_temp_view().view_name()});
    case sc::Catalog::kRecoverPartitions:
      return call("recoverPartitions", {message.recover_partitions().table_name()});
    case sc::Catalog::kIsCached: return call("isCached", {message.is_cached().table_name()});
    case sc::Catalog::kCacheTable: return call("cacheTable", {message.cache_table().table_name()});
    case sc::Catalog::kUncacheTable:
      return call("uncacheTable", {message.uncache_table().table_name()});
    case sc::Catalog::kClearCache: return call("clearCache");
    case sc::Catalog::kRefreshTable:
      return call("refreshTable", {message.refresh_table().table_name()});
    case sc::Catalog::kRefreshByPath:
      return call("refreshByPath", {message.refresh_by_path().path()});
    case sc::Catalog::kSetCurrentCatalog:
      return call("setCurrentCatalog", {message.set_current_catalog().catalog_name()});
    case sc::Catalog::kDropTable:
      return call("dropTable",
                  {message.drop_table().table_name(), text(message.drop_table().if_exists()),
                   text(message.drop_table().purge())});
    case sc::Catalog::kDropView:
      return call("dropView",
                  {message.drop_view().view_name(), text(message.drop_view().if_exists())});
    case sc::Catalog::kCreateDatabase: {
      auto converted = call("createDatabase", {message.create_database().db_name(),
                                               text(message.create_database().if_not_exists())});
      converted.options = {message.create_database().properties().begin(),
                           message.create_database().properties().end()};
      return converted;
    }
    case sc::Catalog::kDropDatabase:
      return call("dropDatabase",
                  {message.drop_database().db_name(), text(message.drop_database().if_exists()),
                   text(message.drop_database().cascade())});
    case sc::Catalog::kTruncateTable:
      return call("truncateTable", {message.truncate_table().table_name()});
    case sc::Catalog::kAnalyzeTable:
      return call("analyzeTable",
                  {message.analyze_table().table_name(), text(message.analyze_table().no_scan())});
    default: return std::nullopt;
  }
}

}  // namespace

Result<Node> PlanReader::catalog(const sc::Catalog& message) {
  switch (message.cat_type_case()) {
    case sc::Catalog::kCurrentDatabase: return call("currentDatabase");
    case sc::Catalog::kCurrentCatalog: return call("currentCatalog");
    case sc::Catalog::kListCatalogs:
      return call("listCatalogs", {patternOf(message.list_catalogs())});
    case sc::Catalog::kListDatabases:
      return call("listDatabases", {patternOf(message.list_databases())});
    case sc::Catalog::kListTables:
      return call("listTables",
                  {databaseOf(message.list_tables()), patternOf(message.list_tables())});
    case sc::Catalog::kListViews:
      return call("listViews", {databaseOf(message.list_views()), patternOf(message.list_views())});
    case sc::Catalog::kListFunctions:
      return call("listFunctions",
                  {databaseOf(message.list_functions()), patternOf(message.list_functions())});
    case sc::Catalog::kListColumns:
      return call("listColumns",
                  {message.list_columns().table_name(), databaseOf(message.list_columns())});
    case sc::Catalog::kListPartitions:
      return call("listPartitions", {message.list_partitions().table_name()});
    case sc::Catalog::kGetDatabase: return call("getDatabase", {message.get_database().db_name()});
    case sc::Catalog::kGetTable:
      return call("getTable", {message.get_table().table_name(), databaseOf(message.get_table())});
    case sc::Catalog::kGetFunction:
      return call("getFunction",
                  {message.get_function().function_name(), databaseOf(message.get_function())});
    case sc::Catalog::kGetTableProperties:
      return call("getTableProperties", {message.get_table_properties().table_name()});
    case sc::Catalog::kGetCreateTableString:
      return call("getCreateTableString", {message.get_create_table_string().table_name(),
                                           text(message.get_create_table_string().as_serde())});
    case sc::Catalog::kCreateExternalTable:
      return create("createExternalTable", message.create_external_table(), std::nullopt);
    case sc::Catalog::kCreateTable:
      return create("createTable", message.create_table(),
                    message.create_table().has_description()
                        ? Argument(message.create_table().description())
                        : std::nullopt);
    default: break;
  }
  SPATE_ASSIGN_OR_FAIL(std::optional<Node> converted, smallCall(message));
  if (converted) return *std::move(converted);
  return failure(invalidPlan("A call of the catalog is not set, or of a later version of Spark"));
}

}  // namespace spate::connect
