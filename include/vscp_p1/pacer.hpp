#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "vscp_p1/by_quantity.hpp"
#include "vscp_p1/decimal.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/moment.hpp"
#include "vscp_p1/settings.hpp"

namespace vscp_p1 {

/// Which readings are published, and when: by the switches and the rates of [PUBLISH]. The first of a quantity is at
/// once. Entries of profiles are never held back. Allocates only when a quantity that has rates comes for the first
/// time.
class Pacer {
 public:
  explicit Pacer(const Settings& settings);

  /// What is to be published now that this reading has come, of Mapping::measured: the reading itself, or the mean,
  /// least or greatest of the interval that ends with it.
  std::optional<Reading> pace(const Reading& reading, const Moment& now);

 private:
  using Average = Rates::Average;

  // The readings since the last end of an interval, of a quantity that is averaged.
  class Window {
   public:
    void add(const Reading& reading, Average average);
    Reading take(Average average);

   private:
    std::uint32_t readings_ = 0;
    Reading chosen_{};  // the last, least or greatest
    DecimalMean values_, numbers_;
  };
  struct Track {
    Moment interval_end;
    Moment published_at;
    std::optional<Decimal> published;  // the last value …
    std::uint16_t type = 0;            // … and what it was
    std::uint8_t unit = 0;
    bool began = false;
    std::unique_ptr<Window> window;  // null: the last reading is what counts
  };

  std::optional<Reading> unless_zero(const Reading& reading) const;
  static bool has_changed(const Track& track, const Reading& candidate, const Decimal& deadband);

  PublishSettings publish_;
  std::vector<bool> wanted_;  // by quantity
  bool skip_zero_;
  bool gives_each_;  // no quantity has rates
  ByQuantity<Track> tracks_;
};

}  // namespace vscp_p1
