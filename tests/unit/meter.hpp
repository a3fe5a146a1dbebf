#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/support.hpp"

namespace vscp_p1::test {

/// A mapper that sees one telegram after the other, and what it made of the last one as text.
class Meter {
 public:
  explicit Meter(Settings settings = {}, const TimeZone& zone = {})
      : settings_(std::move(settings)), mapper_(settings_, zone) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// "key value unit time" of each reading of a telegram with these lines; "host" is the time of the host's clock.
  std::vector<std::string> read(std::string_view lines, UtcTime now = host_now) {
    std::vector<std::string> rows;
    for (const auto& r : map(lines, now).readings) {
      auto row = key_and(r.quantity, DecimalText(r.value).view());
      row.append(" ").append(std::to_string(r.unit)).append(" ");
      row.append(r.time == now ? std::string_view("host") : IsoTime(r.time).view());
      rows.push_back(std::move(row));
    }
    return rows;
  }

  /// "key value" of each reading.
  std::vector<std::string> values(std::string_view lines, UtcTime now = host_now) {
    std::vector<std::string> rows;
    for (const auto& r : map(lines, now).readings) rows.push_back(key_and(r.quantity, DecimalText(r.value).view()));
    return rows;
  }

  /// "key text" of each state, as sent.
  std::vector<std::string> states(std::string_view lines) {
    std::vector<std::string> rows;
    for (const auto& s : map(lines, host_now).states) rows.push_back(key_and(s.quantity, s.text));
    return rows;
  }

  /// "key value after value" of each reading that the last telegram's mapping tells to be held back.
  std::vector<std::string> held() const {
    std::vector<std::string> rows;
    for (const auto& h : mapping_.held) {
      auto row = key_and(h.quantity, DecimalText(h.value).view());
      rows.push_back(row.append(" after ").append(DecimalText(h.last_good).view()));
    }
    return rows;
  }

  /// The result lives until the next telegram.
  const Mapper::Mapping& map(std::string_view lines, UtcTime now = host_now) {
    body_.assign("/EXA5\\meter\r\n\r\n").append(lines);
    mapping_ = mapper_.map(body_, now);
    return mapping_;
  }

  std::uint64_t skipped(Errc reason) const { return mapper_.skipped()[static_cast<std::size_t>(reason)]; }
  const Mapper& mapper() const noexcept { return mapper_; }

 private:
  std::string key_and(std::size_t quantity, std::string_view text) const {
    std::string row(settings_.quantities[quantity].key);
    return row.append(" ").append(text);
  }

  Settings settings_;
  Mapper mapper_;
  std::string body_;
  Mapper::Mapping mapping_{};
};

/// Index of the quantity with this key.
inline std::size_t index_of(std::string_view key) {
  const auto row = std::find_if(quantities.begin(), quantities.end(), [&](auto& q) { return q.key == key; });
  if (row == quantities.end()) throw std::runtime_error("no quantity " + std::string(key));
  return static_cast<std::size_t>(row - quantities.begin());
}

}  // namespace vscp_p1::test
