// SPDX-License-Identifier: Apache-2.0
// The rows of a merged chain that shall be in its tables after the load: staged rows without
// duplicates, hard deletes and what the source filter leaves out. Where nothing has to go the
// batch is the staged files as they are; else it is written once, before the transaction, or in it
// where the source filter asks the target.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/builder.h"
#include "plan/table.h"

namespace hotload::plan {

// Leads from a nested table's rows to those of another table of the chain: `column` holds the row
// key of a row of the root, or without a root key of the parent.
struct Link {
  std::string column;
  size_t owner = 0;  // position in the chain
};

// What a merge works on. The first table is the root; parents come before what is nested in them.
struct Chain {
  std::vector<Table*> tables;
  std::vector<Link> links;  // by position; the root's says nothing
  // Batches by table name.
  std::map<std::string, std::vector<StagedInput>> batches;
  // Keys of staged root rows are not all among the batch's: hard deletes or a filter took some.
  bool keys_removed = false;
  // A query of the staged root rows that take part in the merge at all (source_filter), every
  // column. For publish steps.
  std::string source;
  Builder::Phase phase = Builder::Phase::kPrepare;  // when the batches are written

  Table& root() const { return *tables.front(); }
  const std::vector<StagedInput>& batch(const Table& table) const { return batches.at(table.name); }
};

Chain make_chain(Builder& builder, Tables& tables, Table& root,
                 const std::map<std::string, StagedFacts>& facts);

// See fact_queries().
std::map<std::string, std::string> chain_fact_queries(const std::vector<Table*>& chain);

}  // namespace hotload::plan
