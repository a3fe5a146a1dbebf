// Encrypted frames, opened with the right key, as they are and with bytes changed, lost and put in front.
#include <functional>

#include "encrypt.hpp"
#include "fuzz/check.hpp"
#include "io/decrypter.hpp"
#include "vscp_p1/crc16.hpp"
#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"

namespace {

using namespace vscp_p1;

class Meter {
 public:
  explicit Meter(const EncryptionSettings& settings) : decrypter_(settings) {}

  void feed(std::string_view bytes) { envelope_.feed(bytes); }
  void finish() {
    envelope_.finish();
    framer_.finish(sink());
  }
  bool has_seen(std::string_view body) const {
    return std::find(bodies_.begin(), bodies_.end(), body) != bodies_.end();
  }

 private:
  std::function<void(const Result<Telegram>&)> sink() {
    return [this](const Result<Telegram>& found) {
      if (found) bodies_.emplace_back(found->body);
    };
  }

  std::optional<Errc> open(const CipheredFrame& frame) {
    const auto plaintext = decrypter_.decrypt(frame);
    if (!plaintext) return plaintext.error();
    framer_.finish(sink());
    framer_.feed(plaintext->text, sink());
    framer_.finish(sink());
    return std::nullopt;
  }

  io::Decrypter decrypter_;
  Framer framer_{CrcCheck::required};
  std::vector<std::string> bodies_;
  Envelope envelope_{{[this](std::string_view text) { framer_.feed(text, sink()); },
                      [this](const CipheredFrame& frame) { return open(frame); }, [](Errc) {}}};
};

constexpr std::string_view good_body = "/TST5 behind it all\r\n\r\n1-0:1.8.0(000001.000*kWh)\r\n";

std::string good_telegram() {
  std::string text = std::string(good_body) + "!";
  std::array<char, 8> crc{};
  std::snprintf(crc.data(), crc.size(), "%04X\r\n", crc16_arc(text));
  return text + crc.data();
}

// Changes the bytes as the input says: pairs of a place and what to do there.
void damage(std::string& bytes, std::string_view changes) {
  for (; changes.size() >= 3 && !bytes.empty(); changes.remove_prefix(3)) {
    const auto octet = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(changes[i]));
    };
    const auto at = (octet(0) << 8U | octet(1)) % bytes.size();
    if (octet(2) == 0) {
      bytes.erase(at, 1 + octet(1) % 64);
    } else {
      bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ octet(2));
    }
  }
}

}  // namespace

FUZZ_TARGET {
  const fuzz::Choices<3> choices(input);
  EncryptionSettings settings;
  settings.decryption_key = parse_aes_key(encrypt::key_hex);
  settings.authentication = (choices[0] & 1U) != 0 ? TagCheck::if_possible : TagCheck::required;
  const auto changes = choices.text.substr(0, 3 * std::size_t{choices[1] % 8U});
  const auto text = choices.text.substr(changes.size());

  std::string bytes;
  if ((choices[0] & 2U) != 0) bytes = text.substr(0, choices[2]);  // noise, or a frame of another protocol
  bytes += encrypt::telegram(text, 7);
  damage(bytes, changes);
  bytes += encrypt::telegram(good_telegram(), 8);

  Meter meter(settings);
  const std::size_t step = (choices[0] & 4U) != 0 ? 1 + choices[2] % 64U : bytes.size();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
    meter.feed(rest.substr(0, step));
  }
  meter.finish();
  meter.feed(good_telegram());
  meter.finish();
  fuzz::check(meter.has_seen(good_body), "a telegram behind whatever came is read");
}
