#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/result.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/time.hpp"

namespace vscp_p1 {

enum class CrcState : std::uint8_t { good, not_sent, not_checked };

/// What a telegram tells of its meter.
struct MeterFinding {
  struct Value {
    std::string key;   // of the quantity
    std::string text;  // number and unit, as the meter means them
  };

  std::string header;    // behind its '/', may be shown
  std::string standard;  // that it looks like, see likely_standard()
  CrcState crc = CrcState::good;
  bool is_encrypted = false;
  std::size_t lines = 0;
  std::vector<Value> readings;
};

/// The standard that a telegram looks like, by its version line and the codes in it: a text for people.
std::string likely_standard(std::string_view body);

/// Looks at the bytes of a line until it knows what sends them: a meter, or why its telegrams cannot be read.
class MeterJudge {
 public:
  using Decrypt = std::function<Result<std::string_view>(const CipheredFrame&)>;

  /// The settings must outlive it. `decrypt` gives a view that lives until the next call.
  MeterJudge(const Settings& settings, const TimeZone& zone, Decrypt decrypt);

  void feed(std::string_view bytes, UtcTime now);
  /// The line has been quiet for longer than a meter pauses inside a telegram, or has ended.
  void pause(UtcTime now);
  /// The line has ended, or gets another format: what has begun is forgotten. Gives the reason of the last telegram
  /// that was dropped since the last time.
  std::optional<Errc> restart();

  /// Set by the first good telegram.
  const std::optional<MeterFinding>& meter() const noexcept { return meter_; }
  /// Why telegrams or frames cannot be read, of those reasons that other settings of the line do not mend.
  std::optional<Errc> obstacle() const noexcept { return obstacle_; }

 private:
  static constexpr unsigned crcs_to_doubt = 3;  // as many wrong ones in a row are no accident

  std::optional<Errc> on_frame(const CipheredFrame& frame);
  void on_text(std::string_view text);
  void on_found(const Result<Telegram>& found);
  void on_telegram(std::string_view body);
  void on_fault(Errc reason);

  const Settings& settings_;
  Mapper mapper_;
  Decrypt decrypt_;
  Envelope envelope_;
  Framer framer_;
  Framer strict_{CrcCheck::required};
  UtcTime now_;
  unsigned good_crcs_ = 0;
  unsigned wrong_crcs_ = 0;
  bool is_encrypted_ = false;
  std::optional<MeterFinding> meter_;
  std::optional<Errc> obstacle_;
  std::optional<Errc> fault_;
};

}  // namespace vscp_p1
