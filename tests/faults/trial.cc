// SPDX-License-Identifier: Apache-2.0
#include "trial.h"

#include <random>

namespace hotload::faults {

namespace {

constexpr int kMoreStatuses = 5;  // there are many: they are drawn more often than other faults
// How often each work is drawn: plain loads take longest.
constexpr std::array kShares{8, 6, 2, 1, 3};
constexpr int kAllShares = 20;
constexpr int kAllAttempts = 8;

struct Status {
  int status;
  const char* code;
};
constexpr Status kTransient[] = {
    {408, ""}, {409, "RESOURCE_LOCKED"}, {425, ""}, {429, "OVERLOADED"}, {500, "INTERNAL"},
    {502, ""}, {503, "UNAVAILABLE"},     {504, ""}};
struct Refusal {
  int status;
  const char* code;
  ErrorCode error;
};
constexpr Refusal kTerminal[] = {{400, "BAD_REQUEST", ErrorCode::kInvalidArgument},
                                 {401, "UNAUTHORIZED", ErrorCode::kPermission},
                                 {403, "FORBIDDEN", ErrorCode::kPermission},
                                 {404, "NOT_FOUND", ErrorCode::kNotFound},
                                 {409, "CONFLICT", ErrorCode::kAlreadyExists},
                                 {501, "NOT_IMPLEMENTED", ErrorCode::kUnsupported}};

class Draw {
 public:
  Draw(int number, uint64_t seed) : random_(mixed(number, seed)) {}

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  Work work();
  Harm harm(const Trial& trial);

 private:
  static std::mt19937_64 mixed(int number, uint64_t seed) {
    std::seed_seq sequence{seed, static_cast<uint64_t>(number)};
    return std::mt19937_64(sequence);
  }
  void draw_status(Harm& harm);

  std::mt19937_64 random_;
};

Work Draw::work() {
  int drawn = below(kAllShares);
  size_t work = 0;
  while (drawn >= kShares[work]) drawn -= kShares[work++];
  return static_cast<Work>(work);
}

Harm Draw::harm(const Trial& trial) {
  Harm harm;
  Plan& plan = harm.plan;
  const int fault = below(kFaults + kMoreStatuses);
  plan.fault = fault < kFaults ? static_cast<Fault>(fault) : Fault::kStatus;
  plan.at = below(trial.requests());
  plan.where = std::uniform_real_distribution<double>(0, 1)(random_);
  const bool harmless = plan.fault == Fault::kDelay || plan.fault == Fault::kTwice ||
                        plan.fault == Fault::kTwiceAtOnce;
  // A stream that breaks off ends its call: the next firing would be at another one.
  const bool ends = !trial.is_load() && plan.fault == Fault::kCutInAnswer;
  plan.times = harmless || ends ? 1 : 1 + below(3);
  // Until the client gives up, whatever the server has done meanwhile.
  const bool cut = plan.fault <= Fault::kCutInAnswer;
  // And one more: on a kept connection that turns out to be closed.
  if (trial.is_load() && cut && below(3) == 0) plan.times = kAllAttempts + 1;
  if (plan.fault == Fault::kStatus) draw_status(harm);
  return harm;
}

void Draw::draw_status(Harm& harm) {
  Plan& plan = harm.plan;
  if (below(3) == 0) {
    const Refusal& refusal = kTerminal[below(std::size(kTerminal))];
    plan.status = refusal.status;
    plan.code = refusal.code;
    plan.times = 1;
    harm.terminal = refusal.error;
    return;
  }
  const Status& status = kTransient[below(std::size(kTransient))];
  plan.status = status.status;
  plan.code = status.code;
  if (below(2) == 0) plan.retry_after_s = std::array{0, 1, 7, 3600}[below(4)];
  if (below(4) == 0) plan.times = kAllAttempts;
}

}  // namespace

int Trial::requests() const {
  switch (work) {
    case Work::kLoad:
      return updates ? 6 : 5;
    case Work::kQuery:
      return 4;
    case Work::kPlainQuery:
      return 3;
    default:
      break;
  }
  // To find the database, dlt's receipt and the tables; of each table: its columns, an upload in
  // three calls or more, the load.
  return 9 + (work == Work::kPlainParts ? 4 : 0) + (updates ? 6 : 0) + (new_table ? 6 : 0);
}

bool Trial::in_line() const {
  return work != Work::kPlainParts && !(is_plain() && (updates || new_table));
}

std::string Trial::text() const {
  const auto described = [](const Harm& harm) {
    const Plan& plan = harm.plan;
    return std::string(kFaultNames[static_cast<size_t>(plan.fault)]) + " at " +
           std::to_string(plan.at) + ", times " + std::to_string(plan.times) + ", status " +
           std::to_string(plan.status) + " " + plan.code;
  };
  std::string text = "run " + std::to_string(number) + ", " +
                     kWorkNames[static_cast<size_t>(work)] + (updates ? ", updates" : "") +
                     (read_back ? " read back" : "") + (new_table ? ", a new table" : "") + ": " +
                     described(harm);
  if (again) text += "; then " + described(*again);
  return text;
}

Trial trial_of(int number, uint64_t seed) {
  Draw draw(number, seed);
  Trial trial;
  trial.number = number;
  trial.work = draw.work();
  trial.updates = trial.work != Work::kPlainParts && draw.below(2) == 0;
  trial.read_back = trial.updates && draw.below(2) == 0;
  trial.new_table = trial.work == Work::kPlainLoad && draw.below(4) == 0;
  trial.harm = draw.harm(trial);
  if (trial.work == Work::kLoad && trial.harm.plan.fault == Fault::kStatus && draw.below(4) == 0) {
    trial.budget_ms = 20'000;
  }
  if (trial.is_plain() && trial.is_load() && draw.below(2) == 0) {
    trial.again = draw.harm(trial);
    trial.again->plan.at = draw.below(6);  // what is done already is not asked for again
  }
  return trial;
}

}  // namespace hotload::faults
