// SPDX-License-Identifier: Apache-2.0
// What a statement's text may not say, beyond what its kind tells. For the owner of a lake: it
// keeps mistakes from going round the door, it is no wall against an attacker.
#pragma once

#include <string>

namespace hotload::lake {

enum class TransactionWord { kNone, kBegin, kCommit, kRollback };

// Whether the text is one BEGIN, COMMIT or ROLLBACK, however it is spelt.
TransactionWord transaction_word(const std::string& sql);

// Throws kPermission for the functions of DuckLake that change a lake from within a SELECT, and
// for settings that are not the session's own.
void check_text(const std::string& sql);

// Throws kPermission for a statement that writes and names hotload's own tables or the catalog's.
void check_written_text(const std::string& sql);

}  // namespace hotload::lake
