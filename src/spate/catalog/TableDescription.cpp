#include "spate/catalog/TableDescription.h"

#include <chrono>
#include <ctime>
#include <utility>

#include "spate/catalog/CatalogErrors.h"

namespace spate {
namespace {

/// "Mon Nov 23 02:20:34 UTC 2026", as Java prints a Date.
std::string dateText(Timestamp time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t size = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text, size};
}

/// [a=1, b=2]
std::string mapText(const std::map<std::string, std::string>& values) {
  std::string text;
  for (const auto& [key, value] : values) text += (text.empty() ? "" : ", ") + key + "=" + value;
  return "[" + text + "]";
}

/// The property in which Spark keeps CLUSTER BY: [["a"],["b"]]
std::string clusterText(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    text += text.empty() ? "[\"" : ",[\"";
    for (const char c : column)
      text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    text += "\"]";
  }
  return "[" + text + "]";
}

std::map<std::string, std::string> propertiesOf(const CatalogTable& table) {
  std::map<std::string, std::string> properties = table.properties;
  if (!table.clusterColumns.empty())
    properties["clusteringColumns"] = clusterText(table.clusterColumns);
  return properties;
}

std::string sqlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return quoted + "'";
}

std::string sqlMap(const std::map<std::string, std::string>& values) {
  std::string text;
  for (const auto& [key, value] : values)
    text += (text.empty() ? "\n  " : ",\n  ") + sqlText(key) + " = " + sqlText(value);
  return "(" + text + ")\n";
}

std::string nameList(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + quoteIdentifierIfNeeded(name);
  return "(" + text + ")";
}

void addColumns(const CatalogTable& table, const std::string& title,
                const std::vector<std::string>& names, std::vector<DescriptionRow>& rows) {
  if (names.empty()) return;
  rows.push_back({"# " + title, "", ""});
  rows.push_back({"# col_name", "data_type", "comment"});
  for (const std::string& name : names)
    if (const StructField* field = table.schema.findField(name))
      rows.push_back({field->name, field->type.simpleString(), field->comment()});
}

}  // namespace

std::vector<DescriptionRow> describeTable(const CatalogTable& table, bool isExtended) {
  std::vector<DescriptionRow> rows;
  for (const StructField& field : table.schema.fields())
    rows.push_back({field.name, field.type.simpleString(), field.comment()});
  addColumns(table, "Partition Information", table.partitionColumns, rows);
  addColumns(table, "Clustering Information", table.clusterColumns, rows);
  if (!isExtended) return rows;
  const auto add = [&](std::string name, std::string value) {
    rows.push_back({std::move(name), std::move(value), ""});
  };
  add("", "");
  add("# Detailed Table Information", "");
  add("Catalog", kSessionCatalogName);
  add("Database", table.name.database);
  add("Table", table.name.table);
  add("Created Time", dateText(table.created));
  add("Last Access", "UNKNOWN");
  add("Created By", "Spate");
  add("Type", table.isManaged ? "MANAGED" : "EXTERNAL");
  add("Provider", table.provider);
  if (table.bucketing) {
    add("Num Buckets", std::to_string(table.bucketing->buckets));
    add("Bucket Columns", "[" + quotedList(table.bucketing->columns) + "]");
    add("Sort Columns", "[" + quotedList(table.bucketing->sortColumns) + "]");
  }
  if (table.comment) add("Comment", *table.comment);
  if (const auto properties = propertiesOf(table); !properties.empty())
    add("Table Properties", mapText(properties));
  add("Location", "file:" + table.location);
  if (!table.options.empty()) add("Storage Properties", mapText(table.options));
  if (!table.partitionColumns.empty()) add("Partition Provider", "Catalog");
  return rows;
}

std::string createTableText(const CatalogTable& table) {
  std::string text = "CREATE TABLE " + std::string(kSessionCatalogName) + "." +
                     quoteIdentifierIfNeeded(table.name.database) + "." +
                     quoteIdentifierIfNeeded(table.name.table) + " (";
  const char* separator = "\n  ";
  for (const StructField& field : table.schema.fields()) {
    text += separator + field.sql(" ");
    separator = ",\n  ";
  }
  text += ")\nUSING " + table.provider + "\n";
  if (!table.options.empty()) text += "OPTIONS " + sqlMap(table.options);
  if (!table.partitionColumns.empty())
    text += "PARTITIONED BY " + nameList(table.partitionColumns) + "\n";
  if (table.bucketing) {
    text += "CLUSTERED BY " + nameList(table.bucketing->columns) + "\n";
    if (!table.bucketing->sortColumns.empty())
      text += "SORTED BY " + nameList(table.bucketing->sortColumns) + "\n";
    text += "INTO " + std::to_string(table.bucketing->buckets) + " BUCKETS\n";
  }
  // Spark prints PARTITIONED BY (cluster_by(a)), which it cannot read again.
  if (!table.clusterColumns.empty()) text += "CLUSTER BY " + nameList(table.clusterColumns) + "\n";
  if (table.comment) text += "COMMENT " + sqlText(*table.comment) + "\n";
  if (!table.isManaged) text += "LOCATION " + sqlText("file:" + table.location) + "\n";
  if (!table.properties.empty()) text += "TBLPROPERTIES " + sqlMap(table.properties);
  return text;
}

}  // namespace spate
