#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "vscp_p1/time.hpp"

namespace vscp_p1 {

/// When a telegram came: by the telegrams' own times and by a steady clock of the host, each from any begin.
struct Moment {
  std::chrono::milliseconds telegram{0};
  std::chrono::milliseconds host{0};
};

/// Whether so many seconds have passed by one of the two clocks: a capture is read faster than it was made, and a
/// meter's clock may stand still. The host's may be half a second early, since telegrams do not come like clockwork.
inline bool has_passed(std::size_t seconds, const Moment& from, const Moment& to) noexcept {
  constexpr std::chrono::milliseconds jitter{500};
  const std::chrono::seconds wanted{static_cast<std::int64_t>(seconds)};
  return to.telegram - from.telegram >= wanted || to.host - from.host + jitter >= wanted;
}

/// Adds up how far the telegrams' times come. A step back counts nothing, and what follows counts on.
class TelegramClock {
 public:
  Moment tick(const UtcTime& telegram, std::chrono::milliseconds host) noexcept {
    const std::chrono::milliseconds time{telegram.seconds * 1000 + telegram.microseconds / 1000};
    passed_ += std::max(time - last_.value_or(time), std::chrono::milliseconds{0});
    last_ = time;
    return {passed_, host};
  }

 private:
  std::optional<std::chrono::milliseconds> last_;
  std::chrono::milliseconds passed_{0};
};

}  // namespace vscp_p1
