#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "io/config.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1::io {

/// The keys of [PUBLISH] that have a quantity behind them, as in interval_voltage_l1.
class QuantityRates {
 public:
  /// Whether a name is of this form, be there such a quantity or not.
  static bool is_key(std::string_view name);
  /// Sets such a key; returns what would be right, or nothing.
  std::string set(std::string_view name, std::string_view value, std::size_t line);

  struct Remark {
    std::size_t line;
    bool is_fault;  // else a warning
    std::string text;
  };
  /// Puts what was read into the settings, when their quantities and the keys for all are there.
  std::vector<Remark> complete(Settings& settings) const;

 private:
  struct Entry {
    std::string name, value;
    std::size_t line;
  };
  std::vector<Entry> entries_;
};

/// Puts them to the others.
void add_remarks(const std::vector<QuantityRates::Remark>& remarks, Config& config);

/// What a meter has whose rates for all are these: of a quantity with own rates in general those, the others as all.
PublishSettings inherited_rates(const Rates& all, const PublishSettings& general);

/// The keys that give these settings again where all that is known else is inherited.
std::string show_quantity_rates(const Settings& settings, const PublishSettings& inherited);

}  // namespace vscp_p1::io
