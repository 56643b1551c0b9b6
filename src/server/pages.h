// SPDX-License-Identifier: Apache-2.0
// Lists by page. A cursor names the last item that was given, so that what is made or deleted
// between two pages moves nothing.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/http.h"

namespace hotload::server {

struct ListOf {
  enum class Order { kAscending, kDescending };

  const char* name;  // of the items in the answer
  Order order = Order::kDescending;
  int64_t max_limit = 1000;
};

// Where a page lies in its list.
struct PageOf {
  int64_t limit = 0;
  size_t begin = 0;
  size_t end = 0;
  bool has_more = false;
  boost::json::value next_cursor;
};

// By the request's `limit` and its `cursor` or `offset`; `keys` are those of all items, in order.
// A Failure of 400 for a cursor that this list has not given.
PageOf page_of(const Request& request, const ListOf& list, const std::vector<std::string>& keys);

// Of what is listed by the time at which it was made.
inline std::string time_key(const std::string& created_at, const std::string& id) {
  return created_at + " " + id;
}

// Sorts the items by key(item), no two of which are the same, and leaves those of the page.
template <typename Item, typename Key>
PageOf cut_page(const Request& request, const ListOf& list, std::vector<Item>& items, Key key) {
  std::vector<std::pair<std::string, Item>> sorted;
  sorted.reserve(items.size());
  for (Item& item : items) sorted.emplace_back(key(item), std::move(item));
  std::sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
    return list.order == ListOf::Order::kAscending ? a.first < b.first : b.first < a.first;
  });
  std::vector<std::string> keys;
  keys.reserve(sorted.size());
  for (const auto& [text, item] : sorted) keys.push_back(text);
  const PageOf page = page_of(request, list, keys);
  items.clear();
  for (size_t i = page.begin; i < page.end; ++i) items.push_back(std::move(sorted[i].second));
  return page;
}

// The page's items under the list's name, and how to go on.
boost::json::object page_json(const ListOf& list, boost::json::array items, const PageOf& page);

}  // namespace hotload::server
