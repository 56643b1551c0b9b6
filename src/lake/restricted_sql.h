// SPDX-License-Identifier: Apache-2.0
// The gate for SQL from outside, and the wall between databases: a walk through the engine's own
// tree of the statement, which refuses every kind of node, function and name that it does not know.
// Tables get their full names in the text that is run; all else runs as it was written.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/as_of.h"
#include "lake/complexity.h"
#include "lake/lake.h"
#include "lake/sql_text.h"

namespace hotload::lake {

// What the open transaction of a session has done to relations: the catalog does not tell it yet.
class Uncommitted {
 public:
  enum class Kind { kCreated, kDropped, kSchemaCreated, kSchemaDropped };
  struct Change {
    Kind kind;
    std::string schema;
    std::string table;
  };
  struct Relation {
    bool exists;
    std::string schema;  // as it is spelt
  };

  // Throws kUnsupported for a schema that is made again.
  void check(const Change& change) const;
  void apply(const Change& change);
  // nullptr: the transaction has not touched it.
  const Relation* find(const std::string& schema, const std::string& table) const;
  void clear();

 private:
  std::map<std::pair<std::string, std::string>, Relation> relations_;  // folded
  std::map<std::string, Relation> dropped_schemas_;
};

// A database as statements see it.
struct VisibleDatabase {
  std::string catalog;  // its name there; empty: none
  std::shared_ptr<Lake> lake;
  std::string schema;                            // where names without one are
  const Uncommitted* uncommitted = nullptr;      // none: what is committed counts
  std::shared_ptr<const AsOfCatalog> past = {};  // none: what is there now

  const std::string& alias() const { return past ? past->name() : lake->alias(); }
};

// Throws kPermission for a condition of a declaration (empty: none) that reads another relation
// than its placeholders, or calls a function that is not for SQL from outside.
void check_outer_condition(engine::Connection& connection, const std::string& condition);

// Throws kPermission, for SQL that is understood and not allowed.
[[noreturn]] void refuse_sql(const std::string& what);

// One statement; one thread.
class RestrictedSql {
 public:
  // The first of `databases` is where names without a catalog are.
  RestrictedSql(engine::Connection& connection, const std::vector<VisibleDatabase>& databases);

  // The text to run. Throws kPermission for what is refused, kInvalidArgument for what does not
  // parse or is too complex, kNotFound for a relation that is not there.
  std::string admit(const std::string& sql);
  // Whether the first database has a table or view of that name.
  bool has(const std::string& schema, const std::string& table) {
    return find(databases_.front(), schema, table).has_value();
  }

 private:
  friend void check_outer_condition(engine::Connection& connection, const std::string& condition);

  using Object = boost::json::object;
  using Value = boost::json::value;
  using Scope = std::set<std::string>;  // names of common table expressions, folded

  struct Relation {
    const VisibleDatabase* database;
    std::string schema;
    std::optional<std::string> view_sql;
  };
  struct Named {
    std::string catalog, schema, table;  // as written; folded
    std::string place_of_schema;         // the schema that was found
    std::string alias;
  };

  void visit(Value& value, const Scope& scope);
  void visit_node(Object& node, Scope scope);
  void visit_members(Object& object, const Scope& scope);
  void visit_expression(Object& expression, const Scope& scope);
  void visit_operator(Object& expression, const Scope& scope);
  void visit_reference(Object& reference, const Scope& scope);
  void visit_type(Value& type, const Scope& scope);
  void visit_table(Object& table, const Scope& scope);
  void visit_table_of_view(const std::string& catalog, const std::string& schema,
                           const std::string& table);
  void check_function(const Object& function);
  void check_view(const Relation& view, const std::string& name);
  void rename_columns();

  std::optional<Relation> find(const VisibleDatabase& database, const std::string& schema,
                               const std::string& table);
  std::optional<Relation> resolve(const std::string& catalog, const std::string& schema,
                                  const std::string& table);

  engine::Connection& connection_;
  const std::vector<VisibleDatabase>& databases_;
  NameEdits* edits_ = nullptr;      // none within a view
  const Relation* view_ = nullptr;  // whose SQL is read now
  int view_depth_ = 0;
  Complexity complexity_;         // of the statement and its views
  std::set<std::string> macros_;  // of the view's database, folded
  std::vector<Object*> columns_;  // references of more than two names
  std::vector<Named> tables_;
};

}  // namespace hotload::lake
