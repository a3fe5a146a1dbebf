#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace vscp_p1 {

/// What is kept of each quantity that has come so far: a meter sends a few of the many that there are. Made for
/// telegrams that have the same quantities in the same order as the one before. Allocates when a quantity comes for
/// the first time.
template <class T>
class ByQuantity {
 public:
  T& operator[](std::size_t quantity) {
    const auto next = items_.begin() + next_;
    if (next == items_.end() || next->quantity != quantity) return find(quantity);
    ++next_;
    return next->value;
  }
  const T* get(std::size_t quantity) const noexcept {
    const auto item = std::find_if(items_.begin(), items_.end(), [&](auto& i) { return i.quantity == quantity; });
    return item == items_.end() ? nullptr : &item->value;
  }
  void clear() noexcept {
    items_.clear();
    next_ = 0;
  }

 private:
  struct Item {
    std::size_t quantity;
    T value;
  };

  T& find(std::size_t quantity) {
    const auto item = std::find_if(items_.begin(), items_.end(), [&](auto& i) { return i.quantity == quantity; });
    next_ = item - items_.begin() + 1;
    if (item != items_.end()) return item->value;
    if (items_.size() == items_.capacity()) items_.reserve(items_.size() + items_.size() / 8 + 2);
    items_.push_back({quantity, {}});
    return items_.back().value;
  }

  std::vector<Item> items_;
  std::ptrdiff_t next_ = 0;  // where the one behind the last that was asked for is expected
};

}  // namespace vscp_p1
