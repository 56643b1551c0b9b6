// SPDX-License-Identifier: Apache-2.0
// scd2: root rows are versions with a validity. Versions that the source does not hold any more
// are retired, new ones start at the same time; nested rows are only added.
#pragma once

#include "plan/batch.h"
#include "plan/builder.h"

namespace hotload::plan {

// `load_time` is the boundary where the spec gives none.
void merge_scd2(Builder& builder, const Chain& chain, const std::string& load_time);

}  // namespace hotload::plan
