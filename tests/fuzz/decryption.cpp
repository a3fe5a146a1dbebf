// Encrypted frames, opened with the right key, as they are and with bytes changed, lost and put in front.
#include <functional>

#include "encrypt.hpp"
#include "fuzz/check.hpp"
#include "io/decrypter.hpp"
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
  int good_ones() const { return good_ones_; }

 private:
  std::function<void(const Result<Telegram>&)> sink() {
    return [this](const Result<Telegram>& found) {
      if (found && found->body.ends_with(fuzz::good_lines)) ++good_ones_;
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
  int good_ones_ = 0;
  Envelope envelope_{{[this](std::string_view text) { framer_.feed(text, sink()); },
                      [this](const CipheredFrame& frame) { return open(frame); }, [](Errc) {}}};
};

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
  bytes += encrypt::telegram(fuzz::good_telegram(), 8);

  Meter meter(settings);
  const std::size_t step = (choices[0] & 4U) != 0 ? 1 + choices[2] % 64U : bytes.size();
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
    meter.feed(rest.substr(0, step));
  }
  meter.finish();
  meter.feed(fuzz::good_telegram());
  meter.finish();
  fuzz::check(meter.good_ones() >= 2, "telegrams behind whatever came are read, encrypted or not");
}
