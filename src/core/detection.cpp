#include "vscp_p1/detection.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace vscp_p1 {
namespace {

using Time = SettingsSearch::Time;

constexpr Time quiet{400};  // ends a burst; meters that send every second are quiet for longer
constexpr Time::rep dwells_for_text = 3;

// What meters of all countries use, see docs/meters.md. DSMR 4, 5 and H1; Iskra AM550; DSMR 2.2 and 3.0; NES; the
// rest is reported, or binary.
constexpr auto known_formats = std::to_array<LineFormat>({{115'200, 8, Parity::none, 1},
                                                          {115'200, 7, Parity::even, 1},
                                                          {9'600, 7, Parity::even, 1},
                                                          {9'600, 8, Parity::none, 1},
                                                          {2'400, 8, Parity::even, 1},
                                                          {115'200, 8, Parity::even, 1},
                                                          {38'400, 8, Parity::none, 1},
                                                          {9'600, 7, Parity::none, 1}});

constexpr bool is_text(unsigned byte) noexcept {
  return (byte >= ' ' && byte <= '~') || byte == '\r' || byte == '\n';
}

constexpr bool is_share(std::size_t part, std::size_t whole, std::size_t percent) noexcept {
  return part * 100 >= whole * percent;
}

}  // namespace

std::string LineFormat::text() const {
  const char letter = parity == Parity::none ? 'N' : parity == Parity::even ? 'E' : 'O';
  return std::to_string(baudrate) + " " + std::to_string(bytesize) + letter + std::to_string(stopbits);
}

std::vector<LineFormat> line_candidates(const SerialSettings& settings) {
  const LineFormat set{settings.baudrate, settings.bytesize, settings.parity, settings.stopbits};
  if (settings.baudrate != SerialSettings::find_baudrate) return {set};
  std::vector<LineFormat> candidates;
  const bool is_any = set == LineFormat{SerialSettings::find_baudrate};
  for (auto format : known_formats) {
    if (!is_any) format = {format.baudrate, set.bytesize, set.parity, set.stopbits};
    if (std::find(candidates.begin(), candidates.end(), format) == candidates.end()) candidates.push_back(format);
  }
  return candidates;
}

std::vector<LineFormat> all_candidates(const SerialSettings& settings) {
  auto candidates = line_candidates(settings);
  for (const auto& format : known_formats) {
    if (std::find(candidates.begin(), candidates.end(), format) == candidates.end()) candidates.push_back(format);
  }
  return candidates;
}

SerialSettings with_format(SerialSettings settings, const LineFormat& format) {
  settings.baudrate = format.baudrate;
  settings.bytesize = format.bytesize;
  settings.parity = format.parity;
  settings.stopbits = format.stopbits;
  return settings;
}

// ---- LineCensus

void LineCensus::add(std::string_view bytes) noexcept {
  bytes_ += bytes.size();
  for (const char c : bytes) {
    const unsigned byte = static_cast<std::uint8_t>(c);
    text_ += is_text(byte) ? 1U : 0U;
    high_ += byte >> 7;
    even_ += std::popcount(byte) % 2 == 0 ? 1U : 0U;
    stripped_text_ += is_text(byte & 0x7F) ? 1U : 0U;
    inverted_text_ += (byte & 1) == 1 && is_text(~(byte >> 1) & 0x7F) ? 1U : 0U;
  }
}

LineKind LineCensus::kind() const noexcept {
  if (bytes_ == 0) return LineKind::silence;
  if (bytes_ < enough) return LineKind::too_few;
  if (is_share(text_, bytes_, 80)) return LineKind::text;  // a message may hold other bytes
  if (is_share(even_, bytes_, 95) && is_share(stripped_text_, bytes_, 95) && is_share(high_, bytes_, 10)) {
    return LineKind::even_parity;
  }
  if (is_share(inverted_text_, bytes_, 85)) return LineKind::inverted;  // the first few are out of step
  return LineKind::garbage;
}

// ---- SettingsSearch

SettingsSearch::SettingsSearch(std::vector<LineFormat> candidates, Pace pace, Time now)
    : candidates_(std::move(candidates)), tried_(candidates_.size()), pace_(pace), since_(now), last_byte_(now) {}

void SettingsSearch::on_bytes(std::string_view bytes, Time now) noexcept {
  if (now - last_byte_ >= quiet) is_whole_ = true;
  last_byte_ = now;
  heard_ = pending_ = true;
  bytes_ += bytes.size();
  census_.add(bytes);
}

Time SettingsSearch::limit() const noexcept {
  if (!heard_) return pace_.silence;
  return census_.kind() == LineKind::text ? dwells_for_text * pace_.dwell : pace_.dwell;
}

Time SettingsSearch::due() const noexcept {
  const auto last = since_ + limit();
  return pending_ ? std::min(last_byte_ + quiet, last) : last;
}

bool SettingsSearch::advance(Time now) {
  const auto kind = census_.kind();
  if (pending_ && now - last_byte_ >= quiet) {
    pending_ = false;
    const bool is_wrong =
        kind == LineKind::even_parity || kind == LineKind::inverted || (kind == LineKind::garbage && is_whole_);
    if (is_wrong) {
      move(kind, now);
      return true;
    }
    if (kind == LineKind::garbage) census_ = {};
  }
  if (now - since_ < limit()) return false;
  move(heard_ && kind == LineKind::silence ? LineKind::garbage : kind, now);
  return true;
}

void SettingsSearch::skip(Time now) {
  tried_[current_] = true;
  settle_at(next_after(LineKind::garbage), now);
}

// A meter that begins to send while its format is not among the first is most likely one of the frequent ones.
void SettingsSearch::move(LineKind kind, Time now) {
  left_kind_ = kind;
  left_bytes_ = bytes_;
  was_inverted_ = was_inverted_ || kind == LineKind::inverted;
  const bool begins_anew = kind != LineKind::silence && std::exchange(after_silence_, false) && current_ != 0;
  if (begins_anew) tried_.assign(tried_.size(), false);
  if (kind == LineKind::silence) {
    after_silence_ = true;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].baudrate == current().baudrate) tried_[i] = true;
    }
  }
  tried_[current_] = true;
  settle_at(begins_anew ? 0 : next_after(kind), now);
}

std::size_t SettingsSearch::next_after(LineKind kind) const noexcept {
  if (kind == LineKind::even_parity) {
    const LineFormat seven{current().baudrate, 7, Parity::even, 1};
    const auto found = std::find(candidates_.begin(), candidates_.end(), seven);
    const auto index = static_cast<std::size_t>(found - candidates_.begin());
    if (found != candidates_.end() && !tried_[index]) return index;
  }
  for (std::size_t step = 1; step < candidates_.size(); ++step) {
    const auto next = (current_ + step) % candidates_.size();
    if (!tried_[next]) return next;
  }
  return (current_ + 1) % candidates_.size();
}

void SettingsSearch::settle_at(std::size_t candidate, Time now) noexcept {
  current_ = candidate;
  census_ = {};
  bytes_ = 0;
  since_ = now;
  heard_ = pending_ = is_whole_ = false;
}

bool SettingsSearch::has_tried_all() const noexcept {
  return std::all_of(tried_.begin(), tried_.end(), [](bool tried) { return tried; });
}

std::string SettingsSearch::tried() const {
  std::string text;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (tried_[i]) text.append(text.empty() ? "" : ", ").append(candidates_[i].text());
  }
  return text;
}

}  // namespace vscp_p1
