#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/obis.hpp"
#include "vscp_p1/unit.hpp"

namespace vscp_p1 {

/// How a [QUANTITY …] section makes a VSCP value of the meter's number: × factor, behind the conversion of a known
/// unit if there is one.
struct CustomUnit {
  std::string wire_unit;            // that the meter must send, in lower case; empty: any
  const WireUnit* known = nullptr;  // converts to its own type and unit; else `type` and `unit` say what it is
  bool as_sent = false;             // by the unit that the meter sends, if it is known
  Decimal factor{1, 0};
  std::uint16_t type = 0;
  std::uint8_t unit = 0;

  friend bool operator==(const CustomUnit&, const CustomUnit&) = default;
};

/// What may be set per quantity; the defaults are the quantity's row in the table. Those that config.ini adds stand
/// behind the rows of the table.
struct QuantitySettings {
  std::string key;
  Obis obis;
  std::uint16_t id;
  std::uint8_t sensor_index;
  std::string note;
  Decimal scale{1, 0};
  std::optional<CustomUnit> custom{};
  bool has_own_code = false;  // [QUANTITY …] obis: the line with this code is this quantity

  bool is_scaled() const noexcept { return scale != Decimal{1, 0}; }
  friend bool operator==(const QuantitySettings&, const QuantitySettings&) = default;
};

/// The settings of all quantities: the rows of the table, then those of [QUANTITY …] sections. Reads like a constant
/// vector. Copies share the rows until one edits a row, and then have all the others in common still: a thousand
/// meters have little more than one.
class SharedQuantities {
  using Row = std::shared_ptr<QuantitySettings>;
  using Rows = std::vector<Row>;

 public:
  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = QuantitySettings;
    using difference_type = std::ptrdiff_t;
    using pointer = const QuantitySettings*;
    using reference = const QuantitySettings&;

    Iterator() = default;
    explicit Iterator(const Row* row) noexcept : row_(row) {}
    reference operator*() const noexcept { return **row_; }
    pointer operator->() const noexcept { return row_->get(); }
    reference operator[](difference_type n) const noexcept { return *row_[n]; }
    Iterator& operator+=(difference_type n) noexcept {
      row_ += n;
      return *this;
    }
    Iterator& operator-=(difference_type n) noexcept { return *this += -n; }
    Iterator& operator++() noexcept { return *this += 1; }
    Iterator& operator--() noexcept { return *this -= 1; }
    Iterator operator++(int) noexcept { return Iterator(row_++); }
    Iterator operator--(int) noexcept { return Iterator(row_--); }
    friend Iterator operator+(Iterator at, difference_type n) noexcept { return at += n; }
    friend Iterator operator+(difference_type n, Iterator at) noexcept { return at += n; }
    friend Iterator operator-(Iterator at, difference_type n) noexcept { return at -= n; }
    friend difference_type operator-(Iterator a, Iterator b) noexcept { return a.row_ - b.row_; }
    friend auto operator<=>(const Iterator&, const Iterator&) = default;

   private:
    const Row* row_ = nullptr;
  };

  /// Those of the table, with its defaults.
  SharedQuantities();
  // What is moved from stays whole: a copy costs no more.
  SharedQuantities(const SharedQuantities&) = default;
  SharedQuantities& operator=(const SharedQuantities&) = default;
  ~SharedQuantities() = default;

  std::size_t size() const noexcept { return rows_->size(); }
  const QuantitySettings& operator[](std::size_t quantity) const noexcept { return *(*rows_)[quantity]; }
  Iterator begin() const noexcept { return Iterator(rows_->data()); }
  Iterator end() const noexcept { return Iterator(rows_->data() + rows_->size()); }

  /// The one to write to, of these settings alone; valid until they are copied.
  QuantitySettings& edit(std::size_t quantity);
  void push_back(QuantitySettings quantity);

  friend bool operator==(const SharedQuantities& a, const SharedQuantities& b);

 private:
  Rows& own_rows();

  std::shared_ptr<Rows> rows_;
};

}  // namespace vscp_p1
