// SPDX-License-Identifier: Apache-2.0
#include "lake/restricted_write.h"

#include <algorithm>
#include <array>

#include "lake/files.h"
#include "lake/layout.h"
#include "model/identifier.h"

namespace hotload::lake {

using model::quote_identifier;

namespace {

constexpr std::array<std::string_view, 9> kQueryWords{
    "select", "with", "from", "values", "table", "describe", "desc", "summarize", "("};

// What begins a statement that the engine knows and that is not for SQL from outside.
constexpr std::array<std::string_view, 28> kOtherWords{
    "analyze", "attach",     "begin",  "call",    "checkpoint", "comment", "commit",
    "copy",    "deallocate", "detach", "execute", "explain",    "export",  "force",
    "import",  "install",    "load",   "merge",   "pivot",      "pragma",  "prepare",
    "reset",   "rollback",   "set",    "show",    "start",      "use",     "vacuum"};

// Nothing of the text may reach beyond the parentheses, a comment at its end neither.
std::string enclosed(const std::string& text) { return "(" + text + "\n)"; }

bool begins_query(const Token& token) {
  return token.kind != Token::Kind::kQuoted && is_one_of(kQueryWords, token.text);
}

}  // namespace

void RestrictedWrite::misread(const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument, what);
}

bool is_query(const std::string& sql) { return begins_query(tokens_of(sql).front()); }

AdmittedStatement RestrictedWrite::admit(const std::string& sql) {
  tokens_ = tokens_of(sql);
  sql_ = &sql;
  at_ = 0;
  if (peek().kind == Token::Kind::kEnd) misread("there is no statement to run");
  const std::string first = peek().text;
  if (begins_query(peek())) {
    return {RestrictedSql(connection_, databases_).admit(sql), {}};
  }
  std::string written;
  if (take("insert")) written = insert();
  if (take("update")) written = update();
  if (take("delete")) written = remove();
  if (take("truncate")) written = truncate();
  if (take("create")) written = create();
  if (take("drop")) written = drop();
  if (take("alter")) written = alter();
  if (written.empty()) {
    if (!is_one_of(kOtherWords, first)) {
      misread("syntax error at or near \"" + peek().name + "\"");
    }
    refuse_sql(
        "this kind of statement is not for a session: only queries, INSERT, UPDATE, DELETE, "
        "CREATE, ALTER and DROP of schemas, tables and views, and transactions are");
  }
  return {std::move(written), std::move(changes_)};
}

const Token& RestrictedWrite::peek(size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool RestrictedWrite::is_word(const char* word) const {
  return peek().kind != Token::Kind::kQuoted && peek().kind != Token::Kind::kEnd &&
         peek().text == word;
}

bool RestrictedWrite::take(const char* word) {
  if (!is_word(word)) return false;
  ++at_;
  return true;
}

void RestrictedWrite::need(const char* word) {
  if (take(word)) return;
  misread("the statement has \"" + peek().name + "\" where " + model::fold_case(word) +
          " is expected, or is of a form that is not for sessions here");
}

bool RestrictedWrite::take_exists(bool negated) {
  if (!take("if")) return false;
  if (negated) need("not");
  need("exists");
  return true;
}

std::string RestrictedWrite::take_name() {
  if (peek().kind != Token::Kind::kWord && peek().kind != Token::Kind::kQuoted) {
    misread("the statement has \"" + peek().name + "\" where a name is expected");
  }
  return tokens_[at_++].name;
}

std::string RestrictedWrite::take_column() {
  std::string column = quote_identifier(take_name());
  while (take(".")) column += "." + quote_identifier(take_name());
  return column;
}

std::string RestrictedWrite::take_columns() {
  // What follows may be a query in parentheses.
  const bool query = is_word("(") && begins_query(peek(1));
  if (query || !take("(")) return "";
  std::string list = " (" + quote_identifier(take_name());
  while (take(",")) list += ", " + quote_identifier(take_name());
  need(")");
  return list + ")";
}

std::string RestrictedWrite::take_alias() {
  if (take("as")) return " AS " + quote_identifier(take_name());
  const bool none = peek().kind != Token::Kind::kQuoted &&
                    (peek().kind != Token::Kind::kWord || is_word("set") || is_word("where") ||
                     is_word("using") || is_word("returning"));
  return none ? "" : " AS " + quote_identifier(take_name());
}

std::string RestrictedWrite::quoted_schema(const std::string& schema) const {
  return quote_identifier(databases_.front().lake->alias()) + "." + quote_identifier(schema);
}

// "a"."t" is the table t of the schema a, or else of the catalog a, as in queries.
RestrictedWrite::Target RestrictedWrite::take_target() {
  const VisibleDatabase& home = databases_.front();
  std::vector<std::string> parts{take_name()};
  while (parts.size() < 3 && take(".")) parts.push_back(take_name());
  const bool catalog = parts.size() == 3 || (parts.size() == 2 && !home.catalog.empty() &&
                                             model::same_name(parts[0], home.catalog));
  if (catalog && !model::same_name(parts[0], home.catalog)) {
    refuse_sql("a session writes to its own database, not to '" + parts[0] + "'");
  }
  Target target;
  target.table = parts.back();
  target.schema = parts.size() - (catalog ? 1 : 0) == 2 ? parts[parts.size() - 2] : home.schema;
  model::check_schema_name(target.schema);
  model::check_table_name(target.table);
  target.visible = quote_identifier(target.schema) + "." + quote_identifier(target.table);
  target.full = quoted_schema(target.schema) + "." + quote_identifier(target.table);
  return target;
}

void RestrictedWrite::need_end() const {
  if (peek().kind == Token::Kind::kEnd) return;
  misread("\"" + peek().name + "\" is more than a session takes in this statement");
}

size_t RestrictedWrite::find_word(const char* word) const {
  const int depth = peek().depth;
  for (size_t i = at_; i + 1 < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (token.kind != Token::Kind::kWord || token.depth != depth || token.text != word) continue;
    const bool comparison = i > 0 && tokens_[i - 1].text == "distinct";  // IS DISTINCT FROM
    if (!comparison) return i;
  }
  return tokens_.size() - 1;
}

size_t RestrictedWrite::find_sign(const char* sign, size_t end) const {
  const int depth = peek().depth;
  size_t i = at_;
  while (i < end && !(tokens_[i].kind == Token::Kind::kOther && tokens_[i].depth == depth &&
                      tokens_[i].text == sign)) {
    ++i;
  }
  return i;
}

std::string RestrictedWrite::text(size_t begin, size_t end) const {
  if (begin >= end) misread("the statement ends too early, or lacks an expression");
  return sql_->substr(tokens_[begin].begin, tokens_[end - 1].end - tokens_[begin].begin);
}

std::string RestrictedWrite::admit_query(size_t begin) const {
  return RestrictedSql(connection_, databases_).admit(text(begin, tokens_.size() - 1));
}

std::vector<std::string> RestrictedWrite::admit_parts(const std::vector<std::string>& parts) const {
  // A comment that nobody can have written stands between them.
  const std::string mark = "/*" + random_hex() + "*/";
  std::string query;
  for (const std::string& part : parts) query += part + mark;
  std::string admitted = RestrictedSql(connection_, databases_).admit(query);
  std::vector<std::string> out;
  for (size_t at = admitted.find(mark); at != std::string::npos; at = admitted.find(mark)) {
    out.push_back(admitted.substr(0, at));
    admitted.erase(0, at + mark.size());
  }
  if (out.size() != parts.size()) misread("the statement cannot be read safely");
  return out;
}

std::string RestrictedWrite::insert() {
  need("into");
  const Target target = take_target();
  std::string written = "INSERT INTO " + target.full + take_columns();
  if (take("by")) {
    if (!is_word("name")) need("position");
    written += take("name") ? " BY NAME" : " BY POSITION";
  }
  if (take("default")) {
    need("values");
    need_end();
    return written + " DEFAULT VALUES";
  }
  return written + " " + admit_query(at_);
}

std::string RestrictedWrite::update() {
  const Target target = take_target();
  const std::string alias = take_alias();
  need("set");
  const size_t end = tokens_.size() - 1;
  const size_t where = find_word("where");
  const size_t from = std::min(find_word("from"), where);
  std::vector<std::string> columns;
  std::vector<std::string> parts{"SELECT "};
  do {
    columns.push_back(quote_identifier(take_name()));
    need("=");
    const size_t stop = find_sign(",", from);
    parts.push_back(enclosed(text(at_, stop)));
    parts.push_back(", ");
    at_ = stop;
  } while (take(","));
  if (at_ != from) need("where");
  parts.push_back("1 FROM " + target.visible + alias);
  const size_t first_of_rest = parts.size();
  if (from < where) parts.push_back(", " + text(from + 1, where));
  if (where < end) parts.push_back(" WHERE " + enclosed(text(where + 1, end)));

  const std::vector<std::string> admitted = admit_parts(parts);
  std::string written = "UPDATE " + target.full + alias + " SET ";
  for (size_t i = 0; i < columns.size(); ++i) {
    written += (i == 0 ? "" : ", ") + columns[i] + " = " + admitted[1 + 2 * i];
  }
  for (size_t i = first_of_rest; i < admitted.size(); ++i) {
    const bool is_from = from < where && i == first_of_rest;
    written += is_from ? " FROM " + admitted[i].substr(2) : admitted[i];
  }
  return written;
}

std::string RestrictedWrite::remove() {
  need("from");
  const Target target = take_target();
  const std::string alias = take_alias();
  const size_t end = tokens_.size() - 1;
  const size_t where = find_word("where");
  std::vector<std::string> parts{"SELECT 1 FROM " + target.visible + alias};
  const bool uses = take("using");
  if (uses) parts.push_back(", " + text(at_, where));
  if (!uses && at_ != where) need("where");
  if (where < end) parts.push_back(" WHERE " + enclosed(text(where + 1, end)));
  const std::vector<std::string> admitted = admit_parts(parts);
  std::string written = "DELETE FROM " + target.full + alias;
  if (uses) written += " USING " + admitted[1].substr(2);
  return where < end ? written + admitted.back() : written;
}

std::string RestrictedWrite::truncate() {
  take("table");
  const Target target = take_target();
  need_end();
  return "DELETE FROM " + target.full;
}

}  // namespace hotload::lake
