// SPDX-License-Identifier: Apache-2.0
#include "model/widening.h"

#include <gtest/gtest.h>

#include "model/vectors.h"

namespace hotload::model {
namespace {

using Rule = bool (*)(const Type&, const Type&);

void expect_all(const char* list, Rule rule, bool expected) {
  for (const auto& pair : cases_of("widening.json", list)) {
    EXPECT_EQ(rule(parse_type(text_at(pair, 0)), parse_type(text_at(pair, 1))), expected) << pair;
  }
}

TEST(Widening, FilesOfTypesThatFitAreAdopted) { expect_all("adopt", may_adopt, true); }

TEST(Widening, FilesOfOtherTypesAreNotAdopted) { expect_all("no_adopt", may_adopt, false); }

TEST(Widening, ColumnsWidenWhereNothingIsLost) { expect_all("widen", can_widen, true); }

TEST(Widening, ColumnsDoNotWidenOtherwise) { expect_all("no_widen", can_widen, false); }

TEST(Widening, CastsThatMayChangeAValueAreKnown) {
  expect_all("changes", cast_changes, true);
  expect_all("no_changes", cast_changes, false);
}

TEST(Widening, ADeclarationKeepsWidensRewritesOrContradictsTheLiveType) {
  const std::vector<std::string> words{"keep", "widen", "rewrite", "mismatch"};
  for (const auto& row : cases_of("widening.json", "merge")) {
    const TypeMerge merge = merge_types(parse_type(text_at(row, 0)), parse_type(text_at(row, 1)));
    EXPECT_EQ(words.at(static_cast<size_t>(merge)), text_at(row, 2)) << row;
  }
}

}  // namespace
}  // namespace hotload::model
