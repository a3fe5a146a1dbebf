#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// A meter that encrypts: what the tests of both programs send (Luxmetering P1 1.1.3 §3.2.5).
namespace encrypt {

inline const std::string title = "EXAmeter";
inline const std::string key_hex = "000102030405060708090A0B0C0D0E0F";
inline const std::string authentication_hex = "00112233445566778899AABBCCDDEEFF";

inline std::string from_hex(std::string_view text) {
  std::string bytes;
  std::string pair;
  for (const char c : text) {
    if (std::string_view(" \r\n").find(c) != std::string_view::npos) continue;
    pair += c;
    if (pair.size() == 2) bytes += static_cast<char>(std::stoi(std::exchange(pair, {}), nullptr, 16));
  }
  return bytes;
}

inline std::string big_endian(std::uint32_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = size; i-- > 0;) bytes += static_cast<char>(value >> 8 * i & 0xFF);
  return bytes;
}

/// DB 08 title length 30 counter, ciphertext and tag as they are.
inline std::string frame(std::uint32_t counter, std::string_view ciphertext, std::string_view tag) {
  const auto length = static_cast<std::uint32_t>(17 + ciphertext.size());
  std::string bytes = "\xDB\x08";
  bytes += title;
  if (length >= 0x80) bytes += length < 0x100 ? '\x81' : '\x82';
  bytes += big_endian(length, length < 0x100 ? 1 : 2);
  bytes += '\x30';
  bytes += big_endian(counter, 4);
  bytes += ciphertext;
  return bytes += tag;
}

/// Ciphertext and tag of 12 bytes.
inline std::string gcm(std::string_view key, std::string_view iv, std::string_view aad, std::string_view plaintext) {
  const auto octets = [](std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); };
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> c(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string sealed(plaintext.size() + 12, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(c.get(), EVP_aes_128_gcm(), nullptr, octets(key), octets(iv)) == 1 &&
      EVP_EncryptUpdate(c.get(), nullptr, &size, octets(aad), static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(c.get(), out, &size, octets(plaintext), static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(c.get(), out + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, 12, out + plaintext.size()) == 1;
  if (!done) throw std::runtime_error("OpenSSL cannot encrypt");
  return sealed;
}

inline std::string telegram(std::string_view plaintext, std::uint32_t counter, std::string_view key = key_hex,
                            std::string_view authentication = authentication_hex) {
  std::string aad(1, '\x30');
  aad += from_hex(authentication);
  const auto sealed = gcm(from_hex(key), title + big_endian(counter, 4), aad, plaintext);
  const std::string_view view = sealed;
  return frame(counter, view.substr(0, plaintext.size()), view.substr(plaintext.size()));
}

}  // namespace encrypt
