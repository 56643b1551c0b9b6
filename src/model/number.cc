// SPDX-License-Identifier: Apache-2.0
#include "model/number.h"

#include <algorithm>

namespace hotload::model {

int32_t decimals_of(std::string_view text) {
  int64_t after_point = 0;
  int64_t zeros = 0;  // at the end of the digits
  bool point = false;
  bool digits = false;  // other than 0
  size_t at = 0;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    const char c = text[at];
    point |= c == '.';
    if (c < '0' || c > '9') continue;
    after_point += point ? 1 : 0;
    zeros = c == '0' ? zeros + 1 : 0;
    digits |= c != '0';
  }
  if (!digits) return 0;
  // More digits than any number has: the cast says what it is.
  int64_t exponent = 0;
  const bool negative = at + 1 < text.size() && text[at + 1] == '-';
  for (++at; at < text.size() && exponent < 100'000; ++at) {
    if (text[at] >= '0' && text[at] <= '9') exponent = exponent * 10 + (text[at] - '0');
  }
  const int64_t needed = after_point - zeros - (negative ? -exponent : exponent);
  return static_cast<int32_t>(std::clamp<int64_t>(needed, 0, 1'000'000));
}

}  // namespace hotload::model
