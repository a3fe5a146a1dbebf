#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "vscp_p1/decimal.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/moment.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// Which readings are published, and when: by the switches and the rates of [PUBLISH]. The first of a quantity is at
/// once. Entries of profiles are never held back. Does not allocate after its construction.
class Pacer {
 public:
  explicit Pacer(const Settings& settings);

  /// What is to be published now that this reading has come, of Mapping::measured: the reading itself, or the mean,
  /// least or greatest of the interval that ends with it.
  std::optional<Reading> pace(const Reading& reading, const Moment& now);

 private:
  /// The readings since the last end of an interval.
  struct Window {
    std::size_t readings = 0;
    Reading chosen{};  // the last, least or greatest
    DecimalMean values, numbers;
  };
  struct Track {
    Rates rates;
    bool is_wanted;
    bool began = false;
    Moment interval_end;
    std::optional<Decimal> published;  // the last value …
    std::uint16_t type = 0;            // … and what it was
    std::uint8_t unit = 0;
    Moment published_at;
    Window window;
  };

  static void collect(Track& track, const Reading& reading);
  static Reading result(const Track& track);
  static bool has_changed(const Track& track, const Reading& candidate);

  std::vector<Track> tracks_;  // by quantity
  bool skip_zero_;
};

}  // namespace vscp_p1
