#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "vscp_p1/envelope.hpp"
#include "vscp_p1/framer.hpp"
#include "vscp_p1/settings.hpp"

struct evp_cipher_ctx_st;  // OpenSSL's EVP_CIPHER_CTX

namespace vscp_p1::io {

/// Opens encrypted telegrams: AES-128-GCM with a tag of 12 bytes (Luxmetering P1 1.1.3 §3.2.5).
class Decrypter {
 public:
  /// What was inside; the view lives until the next call.
  struct Plaintext {
    std::string_view text;
    bool is_replay;  // the counter did not rise since the last frame of this meter
  };

  explicit Decrypter(const EncryptionSettings& settings);

  /// The error is one of key_missing, key_wrong, tag_wrong and frame_damaged.
  Result<Plaintext> decrypt(const CipheredFrame& frame);

 private:
  bool open(const CipheredFrame& frame);
  bool is_telegram();
  Errc fault();
  bool note_counter(const CipheredFrame& frame);

  std::unique_ptr<evp_cipher_ctx_st, void (*)(evp_cipher_ctx_st*)> cipher_;  // null without a key
  AesKey authentication_key_;
  TagCheck check_;
  std::string plaintext_;
  Framer framer_{CrcCheck::required};
  bool key_fits_ = false;     // it has given readable text
  bool was_garbled_ = false;  // the last frame gave none
  std::string title_;
  std::uint32_t counter_ = 0;
};

}  // namespace vscp_p1::io
