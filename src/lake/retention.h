// SPDX-License-Identifier: Apache-2.0
// How far back a database can be read: expires snapshots, removes the files that only they or
// compaction needed, forgets loads that nobody continues.
#pragma once

#include <cstdint>
#include <string>

#include "hotload/error.h"
#include "lake/lake.h"

namespace hotload::lake {

// A staged load that nobody has touched for so long is forgotten.
inline constexpr int64_t kLoadLifetimeSeconds = int64_t{7} * 24 * 3600;

// Expires snapshots older than that, never the newest. Returns how many, or would be.
int64_t expire_snapshots(Lake& lake, int64_t older_than_seconds, bool dry_run, int64_t wait_ms);

struct Removal {
  int64_t files = 0;
  int64_t bytes = 0;
};
// Deletes files that no snapshot needs since at least `grace_seconds`; nothing while anybody reads.
Removal remove_discarded(Lake& lake, int64_t grace_seconds, bool dry_run, int64_t wait_ms);

// Returns how many loads were forgotten, or would be.
int64_t expire_loads(Lake& lake, int64_t lifetime_seconds, bool dry_run);

// What the engine says of a snapshot that it cannot find, made clear: kExpired for one before the
// retention, kNotFound for one that never was. Any other error comes back as it is.
Error explain_missing_snapshot(Lake& lake, const Error& error);

}  // namespace hotload::lake
