#include "io/decrypter.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "vscp_p1/text.hpp"

namespace vscp_p1::io {
namespace {

constexpr int key_size = 16;
constexpr int tag_size = 12;

// Luxmetering P1 1.1.3 §3.2.5: the same for all meters unless the grid company has set another.
constexpr AesKey default_authentication_key = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                               0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

bool is_text(char c) { return (c >= ' ' && c <= '~') || c == '\r' || c == '\n'; }

// Damage changes the bytes that it hits; a wrong key gives random ones, of which two in five look like text.
bool is_mostly_text(std::string_view text) {
  return std::count_if(text.begin(), text.end(), is_text) * 10 >= static_cast<std::ptrdiff_t>(text.size()) * 8;
}

// From the header to an end mark that no CRC follows.
bool is_whole_without_crc(std::string_view text) {
  return text.starts_with('/') && trimmed_right(text).ends_with("\n!") &&
         std::all_of(text.begin(), text.end(), is_text);
}

}  // namespace

Decrypter::Decrypter(const EncryptionSettings& settings)
    : cipher_(nullptr, EVP_CIPHER_CTX_free),
      authentication_key_(settings.authentication_key.value_or(default_authentication_key)),
      check_(settings.authentication) {
  if (!settings.decryption_key) return;
  cipher_.reset(EVP_CIPHER_CTX_new());
  const bool is_ready = cipher_ && EVP_DecryptInit_ex(cipher_.get(), EVP_aes_128_gcm(), nullptr,
                                                      settings.decryption_key->data(), nullptr) == 1;
  if (!is_ready) throw std::runtime_error("OpenSSL has no AES-128-GCM");
}

Result<Decrypter::Plaintext> Decrypter::decrypt(const CipheredFrame& frame) {
  if (!cipher_) return Errc::key_missing;
  const bool is_authentic = open(frame);
  if (!is_authentic && !is_telegram()) return fault();
  key_fits_ = true;
  was_garbled_ = false;
  if (!is_authentic && check_ == TagCheck::required) return Errc::tag_wrong;
  return Plaintext{plaintext_, note_counter(frame)};
}

// What is wrong with a frame that is neither authentic nor has a CRC that fits. Damage to its counter looks like a
// wrong key, but is over with the next frame.
Errc Decrypter::fault() {
  if (is_mostly_text(plaintext_)) {
    key_fits_ = true;
    return is_whole_without_crc(plaintext_) ? Errc::tag_wrong : Errc::frame_damaged;
  }
  const bool is_lasting = !key_fits_ || was_garbled_;
  was_garbled_ = true;
  return is_lasting ? Errc::key_wrong : Errc::frame_damaged;
}

// Returns whether the tag is right. The plaintext is there in any case: it tells which key is wrong.
bool Decrypter::open(const CipheredFrame& frame) {
  std::array<unsigned char, 12> iv{};  // system title, counter
  const auto counter_at = std::copy(frame.system_title.begin(), frame.system_title.end(), iv.begin());
  for (int i = 0; i < 4; ++i) counter_at[i] = static_cast<unsigned char>(frame.counter >> (24 - 8 * i));
  std::array<unsigned char, tag_size> tag{};
  std::copy(frame.tag.begin(), frame.tag.end(), tag.begin());
  plaintext_.resize(frame.ciphertext.size());
  auto* const out = reinterpret_cast<unsigned char*>(plaintext_.data());
  auto* const c = cipher_.get();
  const auto size = static_cast<int>(frame.ciphertext.size());
  int written = 0;
  const bool is_done = EVP_DecryptInit_ex(c, nullptr, nullptr, nullptr, iv.data()) == 1 &&
                       EVP_DecryptUpdate(c, nullptr, &written, &frame.security, 1) == 1 &&
                       EVP_DecryptUpdate(c, nullptr, &written, authentication_key_.data(), key_size) == 1 &&
                       EVP_DecryptUpdate(c, out, &written, octets(frame.ciphertext), size) == 1 &&
                       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1;
  return is_done && EVP_DecryptFinal_ex(c, out + written, &written) == 1;
}

// One telegram with a good CRC and nothing else.
bool Decrypter::is_telegram() {
  std::size_t good = 0;
  std::size_t dropped = 0;
  const auto count = [&](const Result<Telegram>& found) { ++(found ? good : dropped); };
  framer_.feed(plaintext_, count);
  framer_.finish(count);
  return good == 1 && dropped == 0;
}

// A frame that was sent before has a counter that was there before (IEC 62056-5-3 §9.2.3).
bool Decrypter::note_counter(const CipheredFrame& frame) {
  const bool is_replay = title_ == frame.system_title && frame.counter <= counter_;
  title_ = frame.system_title;
  if (!is_replay) counter_ = frame.counter;
  return is_replay;
}

}  // namespace vscp_p1::io
