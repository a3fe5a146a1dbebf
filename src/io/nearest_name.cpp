#include "io/nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

// Levenshtein distance: single characters to insert, delete or replace; `limit` when it is not below that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  const auto [shorter, longer] = std::minmax({a.size(), b.size()});
  if (longer - shorter >= limit) return limit;
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
    if (*std::min_element(row.begin(), row.end()) >= limit) return limit;  // it never becomes less
  }
  return std::min(row.back(), limit);
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  std::string best;
  if (name.size() > longest_name) return best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 4) + 1;
  const auto wanted = lower(name);
  for (const auto& candidate : names) {
    const auto d = distance(wanted, lower(candidate), best_distance);
    if (d < best_distance) std::tie(best, best_distance) = std::pair(candidate, d);
  }
  return best;
}

std::string unknown_quantity(std::string_view name, const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& quantity : settings.quantities) names.push_back(quantity.key);
  const auto meant = nearest(name, names);
  return escaped(name, longest_shown) + " is no quantity" +
         (meant.empty() ? " (vscp-p1d --list-quantities shows all)" : ", did you mean " + meant + "?");
}

}  // namespace vscp_p1::io
