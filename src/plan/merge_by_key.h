// SPDX-License-Identifier: Apache-2.0
// delete-insert, upsert and cdc: the target's rows of staged keys go, then the batch comes.
#pragma once

#include "plan/batch.h"
#include "plan/builder.h"

namespace hotload::plan {

void merge_by_key(Builder& builder, const Chain& chain);

}  // namespace hotload::plan
