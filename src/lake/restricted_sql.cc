// SPDX-License-Identifier: Apache-2.0
#include "lake/restricted_sql.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "lake/allowed_functions.h"
#include "lake/layout.h"
#include "lake/sql_tokens.h"
#include "lake/tables.h"
#include "model/identifier.h"
#include "plan/scope.h"

namespace hotload::lake {

namespace json = boost::json;

namespace {

constexpr int kMaxViewDepth = 16;
constexpr std::string_view kDefaultCatalog = "default";

constexpr std::array<std::string_view, 3> kNodes{"SELECT_NODE", "SET_OPERATION_NODE",
                                                 "RECURSIVE_CTE_NODE"};
constexpr std::array<std::string_view, 8> kReferences{
    "BASE_TABLE",      "JOIN",  "SUBQUERY", "TABLE_FUNCTION",
    "EXPRESSION_LIST", "EMPTY", "PIVOT",    "SHOW_REF"};
constexpr std::array<std::string_view, 8> kModifiers{"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER",
                                                     "ORDER_MODIFIER", "DISTINCT_MODIFIER",
                                                     "ORDER_DEFAULT",  "ASCENDING",
                                                     "DESCENDING",     "INVALID"};
constexpr std::array<std::string_view, 15> kExpressions{"COMPARISON", "CONJUNCTION",
                                                        "OPERATOR",   "CASE",
                                                        "BETWEEN",    "STAR",
                                                        "SUBQUERY",   "LAMBDA",
                                                        "PARAMETER",  "COLLATE",
                                                        "DEFAULT",    "LAMBDA_REF",
                                                        "COLUMN_REF", "POSITIONAL_REFERENCE",
                                                        "TYPE"};
// Those that the planner works on; the others are values and names.
constexpr std::array<std::string_view, 8> kOperators{
    "FUNCTION", "WINDOW", "COMPARISON", "CONJUNCTION", "OPERATOR", "CASE", "BETWEEN", "SUBQUERY"};
// [1, 2], {'a': 1}, (1, 2): rows of VALUES are full of them.
constexpr std::array<std::string_view, 4> kMakers{"list_value", "struct_pack", "row", "map"};
// Schemas of the engine's and of hotload's own.
constexpr std::array<std::string_view, 4> kInnerSchemas{kOwnSchema, "information_schema",
                                                        "pg_catalog", "__ducklake"};

std::string text_of(const json::object& object, const char* field) {
  const json::value* found = object.if_contains(field);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

[[noreturn]] void refuse_kind(const std::string& kind) {
  refuse_sql("the statement has a part of the kind " + kind +
             ", which is not allowed in queries here");
}

bool makes_a_value(const json::object& expression) {
  return is_one_of(kMakers, text_of(expression, "function_name"));
}

// Types are the engine's own: a catalog or schema that names one is another database's.
void check_type_name(const json::object& type) {
  const std::string catalog = text_of(type, "catalog");
  const std::string schema = text_of(type, "schema");
  if ((!catalog.empty() && catalog != "system") ||
      (!schema.empty() && schema != "main" && schema != "pg_catalog")) {
    refuse_sql("the type '" + schema + "." + text_of(type, "name") +
               "' is not one of the engine's own");
  }
}

bool is_inner_schema(const std::string& schema) {
  return is_one_of(kInnerSchemas, model::fold_case(schema));
}

[[noreturn]] void throw_missing(const std::string& catalog, const std::string& schema,
                                const std::string& table) {
  std::string name = table;
  if (!schema.empty()) name = schema + "." + name;
  if (!catalog.empty()) name = catalog + "." + name;
  throw Error(ErrorCode::kNotFound, "table not found: " + name + " does not exist");
}

// DuckLake keeps a word in the place of its own catalog's name.
std::string with_catalog(std::string sql, const Lake& lake) {
  constexpr std::string_view kWord = "{DUCKLAKE_CATALOG}";
  const std::string name = model::quote_identifier(lake.alias());
  for (size_t at = sql.find(kWord); at != std::string::npos; at = sql.find(kWord, at)) {
    sql.replace(at, kWord.size(), name);
    at += name.size();
  }
  return sql;
}

int64_t place_of(const json::object& object) {
  const json::value& place = object.at("query_location");
  return place.is_int64() ? place.as_int64() : -1;
}

}  // namespace

void refuse_sql(const std::string& what) { throw Error(ErrorCode::kPermission, what); }

RestrictedSql::RestrictedSql(engine::Connection& connection,
                             const std::vector<VisibleDatabase>& databases)
    : connection_(connection), databases_(databases) {}

void Uncommitted::check(const Change& change) const {
  if (change.kind != Kind::kSchemaCreated) return;
  if (!dropped_schemas_.contains(model::fold_case(change.schema))) return;
  throw Error(ErrorCode::kUnsupported,
              "schema '" + change.schema + "' was dropped in this transaction: commit that first");
}

void Uncommitted::apply(const Change& change) {
  const std::string schema = model::fold_case(change.schema);
  if (change.kind == Kind::kSchemaDropped) {
    dropped_schemas_[schema] = {false, change.schema};
    std::erase_if(relations_, [&](const auto& entry) { return entry.first.first == schema; });
  } else if (change.kind != Kind::kSchemaCreated) {
    relations_[{schema, model::fold_case(change.table)}] = {change.kind == Kind::kCreated,
                                                            change.schema};
  }
}

const Uncommitted::Relation* Uncommitted::find(const std::string& schema,
                                               const std::string& table) const {
  const std::string folded = model::fold_case(schema);
  const auto relation = relations_.find({folded, model::fold_case(table)});
  if (relation != relations_.end()) return &relation->second;
  const auto dropped = dropped_schemas_.find(folded);
  return dropped != dropped_schemas_.end() ? &dropped->second : nullptr;
}

void Uncommitted::clear() {
  relations_.clear();
  dropped_schemas_.clear();
}

void check_outer_condition(engine::Connection& connection, const std::string& condition) {
  if (condition.empty()) return;
  constexpr const char* kTable = "condition_table";
  constexpr const char* kStaging = "condition_staging_table";
  // In one pair of parentheses at the end of the text, as plans have it.
  json::value tree = parse_statement(
      connection,
      "SELECT 1 WHERE (" +
          plan::fill_placeholders(condition, {{"table", kTable}, {"staging_table", kStaging}}) +
          ")");
  const std::vector<VisibleDatabase> none;
  RestrictedSql gate(connection, none);
  gate.visit(tree, {kTable, kStaging});
}

std::string RestrictedSql::admit(const std::string& sql) {
  Complexity::check_text(sql);
  Value tree = parse_statement(connection_, sql);
  NameEdits edits(sql);
  edits_ = &edits;
  visit(tree, {});
  rename_columns();
  std::string admitted = edits.apply();
  // Whatever was misread of the text, what runs is the tree that was checked.
  if (!same_meaning(tree, parse_statement(connection_, admitted))) {
    throw Error(ErrorCode::kInvalidArgument,
                "the statement cannot be read safely; write its names in plain letters");
  }
  return admitted;
}

void RestrictedSql::visit(Value& value, const Scope& scope) {
  if (json::array* array = value.if_array()) {
    for (Value& element : *array) visit(element, scope);
    return;
  }
  Object* object = value.if_object();
  if (object == nullptr) return;
  if (object->contains("class")) return visit_expression(*object, scope);
  Value* type = object->if_contains("type");
  if (type == nullptr) return visit_members(*object, scope);
  const bool is_literal = type->is_object() && object->contains("is_null");
  if (is_literal) return visit_type(*type, scope);
  const std::string kind = text_of(*object, "type");
  if (is_one_of(kNodes, kind)) return visit_node(*object, scope);
  if (is_one_of(kReferences, kind)) return visit_reference(*object, scope);
  if (!is_one_of(kModifiers, kind)) refuse_kind(kind);
  visit_members(*object, scope);
}

void RestrictedSql::visit_members(Object& object, const Scope& scope) {
  for (auto& member : object) visit(member.value(), scope);
}

// Common table expressions are known from the one after them on; a recursive one in its right side.
// In its own body the engine takes the name for a table's, even where an outer WITH has it too.
void RestrictedSql::visit_node(Object& node, Scope scope) {
  if (text_of(node, "type") == "SELECT_NODE") complexity_.add(Complexity::Part::kQuery);
  if (const Value* sets = node.if_contains("group_sets")) {
    complexity_.add(Complexity::Part::kGroupingSet, static_cast<int64_t>(sets->as_array().size()));
  }
  const auto visit_body = [&](Value& body, const std::string& name) {
    // Where the engine knew no such expression after all, it would look for a file of that name.
    if (name.find_first_of("./\\:*?") != std::string::npos) {
      refuse_sql("the name '" + name +
                 "' of a WITH clause has a character that is not allowed there");
    }
    scope.erase(name);
    visit(body, scope);
    scope.insert(name);
  };
  if (Value* map = node.if_contains("cte_map")) {
    for (Value& entry : map->at("map").as_array()) {
      visit_body(entry.at("value"), model::fold_case(text_of(entry.as_object(), "key")));
    }
  }
  const std::string recursive = model::fold_case(text_of(node, "cte_name"));
  if (!recursive.empty()) visit_body(node.at("left"), recursive);
  for (auto& member : node) {
    const bool visited =
        member.key() == "cte_map" || (member.key() == "left" && !recursive.empty());
    if (!visited) visit(member.value(), scope);
  }
}

void RestrictedSql::visit_expression(Object& expression, const Scope& scope) {
  const std::string kind = text_of(expression, "class");
  if (kind == "CONSTANT") return visit_type(expression.at("value"), scope);
  if (kind == "FUNCTION" || kind == "WINDOW") {
    check_function(expression);
  } else if (kind == "CAST") {
    visit_type(expression.at("cast_type"), scope);
    return visit(expression.at("child"), scope);
  } else if (!is_one_of(kExpressions, kind)) {
    refuse_kind(kind);
  }
  if (kind == "TYPE") check_type_name(expression);
  if (kind == "COLUMN_REF" && expression.at("column_names").as_array().size() > 2) {
    columns_.push_back(&expression);
  }
  if (is_one_of(kOperators, kind) && !makes_a_value(expression)) {
    if (kind == "SUBQUERY") complexity_.add(Complexity::Part::kSubquery);
    return visit_operator(expression, scope);
  }
  visit_members(expression, scope);
}

void RestrictedSql::visit_operator(Object& expression, const Scope& scope) {
  complexity_.add(Complexity::Part::kOperator);
  const Complexity::Nested nested(complexity_);
  visit_members(expression, scope);
}

// A type's parameters may be expressions: DECIMAL(length(...)).
void RestrictedSql::visit_type(Value& type, const Scope& scope) {
  if (json::array* array = type.if_array()) {
    for (Value& element : *array) visit_type(element, scope);
    return;
  }
  Object* object = type.if_object();
  if (object == nullptr) return;
  if (object->contains("class")) return visit_expression(*object, scope);
  // A literal: its value is data.
  if (object->contains("is_null")) return visit_type(object->at("type"), scope);
  check_type_name(*object);
  for (auto& member : *object) visit_type(member.value(), scope);
}

void RestrictedSql::check_function(const Object& function) {
  const std::string name = model::fold_case(text_of(function, "function_name"));
  const std::string catalog = model::fold_case(text_of(function, "catalog"));
  const std::string schema = model::fold_case(text_of(function, "schema"));
  // `column.upper()` has the column where a schema might be.
  const std::string& first = catalog.empty() ? schema : catalog;
  const bool elsewhere = first == "memory" || first == "temp" || first == "system" ||
                         first.starts_with("lake_") || first.starts_with("__") ||
                         first.starts_with("as_of_");
  // In a view the engine looks for functions in the view's own database, too.
  if (view_ != nullptr &&
      (macros_.contains(name) || (!first.empty() && first != "main" && first != "pg_catalog"))) {
    refuse_sql("the function '" + name + "' is not allowed in a view that is read here");
  }
  const Value* exported = function.if_contains("export_state");
  if (elsewhere || (exported != nullptr && exported->is_bool() && exported->as_bool()) ||
      !is_allowed_function(connection_, name)) {
    refuse_sql("the function '" + name + "' is not allowed in queries here, or does not exist");
  }
}

void RestrictedSql::visit_reference(Object& reference, const Scope& scope) {
  const std::string kind = text_of(reference, "type");
  if (kind == "BASE_TABLE") return visit_table(reference, scope);
  if (kind == "JOIN") complexity_.add(Complexity::Part::kJoin);
  if (kind == "TABLE_FUNCTION") {
    Object& function = reference.at("function").as_object();
    const std::string name = model::fold_case(text_of(function, "function_name"));
    if (!text_of(function, "catalog").empty() || !text_of(function, "schema").empty() ||
        (view_ != nullptr && macros_.contains(name)) || !is_allowed_table_function(name)) {
      refuse_sql("the table function '" + name +
                 "' is not allowed in queries here, or does not exist");
    }
    return visit(function.at("children"), scope);
  }
  if (kind == "SHOW_REF" &&
      (!reference.at("query").is_object() || !text_of(reference, "table_name").empty())) {
    refuse_sql("SHOW is not allowed in queries here; DESCRIBE t and SUMMARIZE t are");
  }
  if (kind == "PIVOT") {
    for (const Value& pivot : reference.at("pivots").as_array()) {
      if (!text_of(pivot.as_object(), "pivot_enum").empty()) {
        refuse_sql("PIVOT over an ENUM's name is not allowed; list the values: IN ('a', 'b')");
      }
    }
  }
  visit_members(reference, scope);
}

void RestrictedSql::visit_table(Object& table, const Scope& scope) {
  const std::string catalog = text_of(table, "catalog_name");
  const std::string schema = text_of(table, "schema_name");
  const std::string name = text_of(table, "table_name");
  visit(table.at("at_clause"), scope);
  if (catalog.empty() && schema.empty() && scope.contains(model::fold_case(name))) return;
  if (databases_.empty()) {
    refuse_sql("a condition reads {table} and {staging_table}, and no other table: '" + name + "'");
  }
  if (edits_ == nullptr) return visit_table_of_view(catalog, schema, name);
  const std::optional<Relation> found = resolve(catalog, schema, name);
  if (!found) throw_missing(catalog, schema, name);
  if (found->view_sql) check_view(*found, name);

  std::vector<std::string> parts{name};
  if (!schema.empty()) parts.insert(parts.begin(), schema);
  if (!catalog.empty()) parts.insert(parts.begin(), catalog);
  const std::string& alias = found->database->alias();
  edits_->replace(place_of(table), parts,
                  model::quote_identifier(alias) + "." + model::quote_identifier(found->schema) +
                      "." + model::quote_identifier(name));
  table["catalog_name"] = alias;
  table["schema_name"] = found->schema;
  tables_.push_back({model::fold_case(catalog), model::fold_case(schema), model::fold_case(name),
                     found->schema, alias});
}

// A view's names are resolved by the engine, in the view's own database.
void RestrictedSql::visit_table_of_view(const std::string& catalog, const std::string& schema,
                                        const std::string& table) {
  const VisibleDatabase& database = *view_->database;
  if (!catalog.empty() && !model::same_name(catalog, database.lake->alias())) {
    refuse_sql("the view reads another database, '" + catalog + "'");
  }
  const std::optional<Relation> found =
      find(database, schema.empty() ? view_->schema : schema, table);
  if (!found) throw_missing("", schema.empty() ? view_->schema : schema, table);
  if (found->view_sql) check_view(*found, table);
}

void RestrictedSql::check_view(const Relation& view, const std::string& name) {
  if (++view_depth_ > kMaxViewDepth) refuse_sql("views are nested too deep");
  NameEdits* const edits = std::exchange(edits_, nullptr);
  const Relation* const outer = std::exchange(view_, &view);
  std::vector<Object*> columns = std::exchange(columns_, {});
  for (const engine::Row& row : connection_.rows("SELECT lower(macro_name) FROM " +
                                                 view.database->lake->metadata("ducklake_macro"))) {
    macros_.insert(*row[0]);
  }
  try {
    Value tree = parse_statement(connection_, with_catalog(*view.view_sql, *view.database->lake));
    visit(tree, {});
  } catch (const Error& error) {
    throw Error(error.code(), "view '" + name + "': " + error.what());
  }
  columns_ = std::move(columns);
  view_ = outer;
  edits_ = edits;
  --view_depth_;
}

std::optional<RestrictedSql::Relation> RestrictedSql::find(const VisibleDatabase& database,
                                                           const std::string& schema,
                                                           const std::string& table) {
  if (is_inner_schema(schema)) {
    refuse_sql("the schema '" + schema +
               "' is not open to queries; tables and columns are listed by the API");
  }
  if (database.uncommitted != nullptr) {
    if (const Uncommitted::Relation* known = database.uncommitted->find(schema, table)) {
      // What the transaction made itself has passed here.
      if (!known->exists) return std::nullopt;
      return Relation{&database, known->schema, {}};
    }
  }
  const Lake& lake = *database.lake;
  const auto valid = [&](const char* alias) {
    return database.past ? valid_at(alias, database.past->snapshot())
                         : std::string(alias) + ".end_snapshot IS NULL";
  };
  const auto live = [&](const std::string& source, const std::string& name,
                        const std::string& sql) {
    return "SELECT s.schema_name, " + sql + " FROM " + lake.metadata(source) + " r JOIN " +
           lake.metadata("ducklake_schema") + " s USING (schema_id) WHERE " + valid("r") + " AND " +
           valid("s") + " AND lower(r." + name + ") = lower(" + model::quote_literal(table) +
           ") AND lower(s.schema_name) = lower(" + model::quote_literal(schema) + ")";
  };
  const std::vector<engine::Row> rows =
      connection_.rows(live("ducklake_table", "table_name", "CAST(NULL AS VARCHAR)") +
                       " UNION ALL " + live("ducklake_view", "view_name", "r.sql"));
  if (rows.empty()) return std::nullopt;
  return Relation{&database, *rows[0][0], rows[0][1]};
}

// "a"."t" is the table t of the schema a, or else of the catalog a.
std::optional<RestrictedSql::Relation> RestrictedSql::resolve(const std::string& catalog,
                                                              const std::string& schema,
                                                              const std::string& table) {
  const VisibleDatabase& home = databases_.front();
  if (catalog.empty()) {
    auto found = find(home, schema.empty() ? home.schema : schema, table);
    if (found || schema.empty()) return found;
  }
  const std::string& name = catalog.empty() ? schema : catalog;
  for (const VisibleDatabase& database : databases_) {
    if (database.catalog.empty() || !model::same_name(database.catalog, name)) continue;
    return find(database, catalog.empty() ? database.schema : schema, table);
  }
  // Whatever its name is, as clients write it without asking.
  if (!home.catalog.empty() && model::same_name(name, kDefaultCatalog)) {
    return find(home, catalog.empty() ? home.schema : schema, table);
  }
  return std::nullopt;
}

// "default"."public"."t"."a" is lake_x.public.t.a to the engine; "default"."t"."a" is public.t.a.
void RestrictedSql::rename_columns() {
  for (Object* column : columns_) {
    json::array& names = column->at("column_names").as_array();
    std::vector<std::string> folded;
    for (const Value& name : names) folded.push_back(model::fold_case(name.as_string()));
    for (const Named& table : tables_) {
      const bool whole = folded.size() > 3 && folded[0] == table.catalog &&
                         folded[1] == table.schema && folded[2] == table.table;
      const bool short_name = !table.schema.empty() && table.catalog.empty() &&
                              folded[0] == table.schema && folded[1] == table.table &&
                              !model::same_name(table.schema, table.place_of_schema);
      if (!whole && !short_name) continue;
      const std::string& text = whole ? table.alias : table.place_of_schema;
      edits_->replace(place_of(*column), {std::string(names[0].as_string())},
                      model::quote_identifier(text));
      names[0] = text;
      break;
    }
  }
}

}  // namespace hotload::lake
