#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "vscp_p1/crc16.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/mapper.hpp"
#include "vscp_p1/node.hpp"
#include "vscp_p1/settings.hpp"
#include "vscp_p1/state.hpp"

namespace vscp_p1::test {

/// The host's clock of the tests: 2026-06-01T12:00:00Z and microseconds that no telegram can show.
inline constexpr UtcTime host_now{1'780'315'200, 123'456};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

inline std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    for (const int shift : {4, 0}) out += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> shift & 0xF];
  }
  return out;
}

/// `body` from '/' to the last line end, with '!', the right CRC and a line end behind it.
inline std::string with_crc(std::string body) {
  body += '!';
  const std::uint16_t crc = crc16_arc(body);
  const std::array<char, 2> bytes = {static_cast<char>(crc >> 8), static_cast<char>(crc & 0xFF)};
  return body + hex({bytes.data(), bytes.size()}) + "\r\n";
}

inline std::string random_bytes(std::uint32_t seed, std::size_t size) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<char>(random() & 0xFF); });
  return bytes;
}

/// Settings that outlive every mapper made with them.
inline const Settings& default_settings() {
  static const Settings settings;
  return settings;
}

/// What a framer gives, as text: each telegram's body and each reason.
struct Frames {
  std::vector<std::string> bodies;
  std::vector<std::string> texts;  // as received
  std::vector<std::string> drops;
  std::string order;  // 't' for a telegram, 'd' for a dropped stretch, 'n' for noise

  void operator()(const Result<Telegram>& found) {
    if (found) {
      bodies.emplace_back(found->body);
      texts.emplace_back(found->text);
      order += 't';
    } else {
      drops.emplace_back(message(found.error()));
      order += found.error() == Errc::noise ? 'n' : 'd';
    }
  }
};

inline Frames frames_of(std::string_view stream, CrcCheck crc = CrcCheck::automatic,
                        std::size_t limit = Framer::default_limit, bool finish = false) {
  Framer framer(crc, limit);
  Frames frames;
  framer.feed(stream, frames);
  if (finish) framer.finish(frames);
  return frames;
}

/// The decoder of the default event, class 1040: "key type value unit datetime", tab separated, from the data bytes.
/// Of an event of another class, "key class/type value - datetime": the value of a text is what the note shows, that
/// of a STATE "from>to".
inline std::string row_of(const Event& event) {
  const auto data = event.data();
  if (event.vscp_class != 1040) {
    std::string value(event.full_text);
    if (event.vscp_class == 20 && event.type == 42) value = std::to_string(data[3]) + '>' + std::to_string(data[4]);
    std::string row(event.name);
    row += '\t' + std::to_string(event.vscp_class) + '/' + std::to_string(event.type) + '\t' + value + "\t-\t";
    row += event.time == host_now ? std::string_view("host") : IsoTime(event.time).view();
    return row;
  }
  std::string value;
  for (std::size_t i = 4; i < data.size() && data[i] != 0; ++i) value += static_cast<char>(data[i]);
  std::string row(event.name);
  row += '\t' + std::to_string(event.type) + '\t' + value + '\t' + std::to_string(data[3]) + '\t';
  row += event.time == host_now ? std::string_view("host") : IsoTime(event.time).view();
  return row;
}

/// From bytes to events: framer, mapper and node together. Rows of all telegrams, one per event, and one per text.
class Pipeline {
 public:
  explicit Pipeline(CrcCheck crc = CrcCheck::automatic) : framer_(crc) {}

  void feed(std::string_view bytes) {
    framer_.feed(bytes, [this](const Result<Telegram>& found) { take(found); });
  }
  void finish() {
    framer_.finish([this](const Result<Telegram>& found) { take(found); });
  }
  const std::vector<std::vector<std::string>>& telegrams() const { return telegrams_; }  // those with an event
  const std::vector<Errc>& drops() const { return drops_; }
  const Mapper& mapper() const { return mapper_; }
  std::size_t dropped_telegrams() const {
    return drops_.size() - static_cast<std::size_t>(std::count(drops_.begin(), drops_.end(), Errc::noise));
  }

 private:
  void take(const Result<Telegram>& found) {
    if (!found) {
      drops_.push_back(found.error());
      return;
    }
    std::vector<std::string> rows;
    const auto mapping = mapper_.map(found->body, host_now);
    for (const auto& reading : mapping.readings) rows.push_back(row_of(node_.measurement(reading)));
    for (const auto& state : mapping.states) {
      const auto shape = quantities[state.quantity].shape;
      const auto from = states_.change(state.quantity, state.text);
      const auto to = state_text(shape, state.text);
      if (!from || state_text(shape, *from) == to) continue;
      node_.state({state.quantity, state_text(shape, *from), to}, mapping.time, [&rows](const Event& event) {
        const bool is_next_part = event.vscp_class == 509 && event.data()[2] > 0;
        if (!is_next_part) rows.push_back(row_of(event));
      });
    }
    if (!rows.empty()) telegrams_.push_back(std::move(rows));
  }

  Settings settings_;
  Framer framer_;
  Mapper mapper_{settings_, TimeZone()};
  Node node_{Guid::from_mac({2, 0, 0, 0, 0, 1}), settings_};
  StateWatch states_;
  std::vector<std::vector<std::string>> telegrams_;
  std::vector<Errc> drops_;
};

}  // namespace vscp_p1::test
