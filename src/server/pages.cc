// SPDX-License-Identifier: Apache-2.0
#include "server/pages.h"

#include "api/errors.h"
#include "server/text.h"

namespace hotload::server {

namespace {

constexpr int64_t kDefaultLimit = 100;
constexpr int64_t kMaxOffset = int64_t{1} << 30;
constexpr size_t kCheckDigits = 8;

std::string head_of(const ListOf& list) { return std::string(list.name) + "\n"; }

// "LIST\nKEY" behind a few digits that tell a cursor of ours from any other text.
std::string cursor_of(const ListOf& list, const std::string& key) {
  const std::string place = head_of(list) + key;
  return base64url(sha256_hex(place).substr(0, kCheckDigits) + place);
}

std::string key_of(const ListOf& list, const std::string& cursor) {
  const std::string text = base64url_decoded(cursor).value_or("");
  const std::string head = head_of(list);
  if (text.size() >= kCheckDigits) {
    const std::string place = text.substr(kCheckDigits);
    if (place.starts_with(head) && text.starts_with(sha256_hex(place).substr(0, kCheckDigits))) {
      return place.substr(head.size());
    }
  }
  throw api::bad_request("query parameter 'cursor' is none that this list has given: send " +
                         std::string("'next_cursor' as it came"));
}

}  // namespace

PageOf page_of(const Request& request, const ListOf& list, const std::vector<std::string>& keys) {
  PageOf page;
  page.limit =
      request.query_integer("limit", std::min(kDefaultLimit, list.max_limit), 1, list.max_limit);
  if (const auto cursor = request.query_text("cursor")) {
    const std::string last = key_of(list, *cursor);
    const auto next = std::partition_point(keys.begin(), keys.end(), [&](const std::string& key) {
      return list.order == ListOf::Order::kAscending ? key <= last : last <= key;
    });
    page.begin = static_cast<size_t>(next - keys.begin());
  } else {
    const int64_t offset = request.query_integer("offset", 0, 0, kMaxOffset);
    page.begin = std::min(keys.size(), static_cast<size_t>(offset));
  }
  page.end = std::min(keys.size(), page.begin + static_cast<size_t>(page.limit));
  page.has_more = page.end < keys.size();
  if (page.has_more) page.next_cursor = cursor_of(list, keys[page.end - 1]);
  return page;
}

boost::json::object page_json(const ListOf& list, boost::json::array items, const PageOf& page) {
  const size_t count = items.size();
  return {{list.name, std::move(items)}, {"count", count},       {"has_more", page.has_more},
          {"limit", page.limit},         {"offset", page.begin}, {"next_cursor", page.next_cursor}};
}

}  // namespace hotload::server
