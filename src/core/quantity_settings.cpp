#include "vscp_p1/quantity_settings.hpp"

#include <algorithm>
#include <utility>

#include "vscp_p1/quantity.hpp"

namespace vscp_p1 {

SharedQuantities::SharedQuantities() {
  static const auto table = [] {
    auto rows = std::make_shared<Rows>();
    for (const auto& row : quantities) {
      rows->push_back(std::make_shared<QuantitySettings>(
          QuantitySettings{std::string(row.key), line_code(row), row.number,
                           static_cast<std::uint8_t>(row.number & 0xFF), std::string(row.note)}));
    }
    return rows;
  }();
  rows_ = table;
}

SharedQuantities::Rows& SharedQuantities::own_rows() {
  if (rows_.use_count() > 1) rows_ = std::make_shared<Rows>(*rows_);
  return *rows_;
}

QuantitySettings& SharedQuantities::edit(std::size_t quantity) {
  auto& row = own_rows()[quantity];
  if (row.use_count() > 1) row = std::make_shared<QuantitySettings>(*row);
  return *row;
}

void SharedQuantities::push_back(QuantitySettings quantity) {
  own_rows().push_back(std::make_shared<QuantitySettings>(std::move(quantity)));
}

bool operator==(const SharedQuantities& a, const SharedQuantities& b) {
  return a.rows_ == b.rows_ || std::equal(a.rows_->begin(), a.rows_->end(), b.rows_->begin(), b.rows_->end(),
                                          [](const auto& x, const auto& y) { return x == y || *x == *y; });
}

}  // namespace vscp_p1
