#include "io/mqtt_tls.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

namespace vscp_p1::io {
namespace {

using MaybeFault = std::optional<TlsFault>;

MaybeFault unreadable(const std::string& key, const std::string& path) {
  errno = 0;
  if (std::ifstream(path).is_open()) return std::nullopt;
  return TlsFault{key, std::string(std::strerror(errno)) + " — check the path and its permissions"};
}

MaybeFault load_authorities(SSL_CTX* context, const std::string& path) {
  if (path.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return std::nullopt;
  }
  if (auto fault = unreadable("ca_file", path)) return fault;
  if (SSL_CTX_load_verify_file(context, path.c_str()) == 1) return std::nullopt;
  return TlsFault{"ca_file", "no certificate in it — it must be a file in PEM form, -----BEGIN CERTIFICATE-----"};
}

MaybeFault load_certificate(SSL_CTX* context, const MqttSettings& settings) {
  if (settings.key_file.empty()) {
    return TlsFault{"cert_file", "key_file is not set — name the file with the certificate's private key there"};
  }
  if (auto fault = unreadable("cert_file", settings.cert_file)) return fault;
  if (SSL_CTX_use_certificate_chain_file(context, settings.cert_file.c_str()) == 1) return std::nullopt;
  return TlsFault{"cert_file", "no certificate in it — it must be a file in PEM form, -----BEGIN CERTIFICATE-----"};
}

struct KeyPassword {
  const std::string& text;
  bool was_asked = false;
};

// OpenSSL's own would ask at the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* user) {
  auto& password = *static_cast<KeyPassword*>(user);
  password.was_asked = true;
  if (password.text.empty() || password.text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(password.text.begin(), password.text.end(), buffer);
  return static_cast<int>(password.text.size());
}

MaybeFault load_key(SSL_CTX* context, const MqttSettings& settings) {
  if (settings.cert_file.empty()) {
    return TlsFault{"key_file", "cert_file is not set — name the file with the key's certificate there"};
  }
  if (auto fault = unreadable("key_file", settings.key_file)) return fault;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(settings.key_file.c_str(), "r"), &BIO_free);
  KeyPassword password{settings.key_password};
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(file.get(), nullptr, give_password, &password), &EVP_PKEY_free);
  if (!key) {
    if (!password.was_asked) {
      return TlsFault{"key_file",
                      "no private key in it — it must be a file in PEM form, -----BEGIN PRIVATE KEY-----"};
    }
    if (settings.key_password.empty()) return TlsFault{"key_file", "the key is encrypted — set key_password"};
    return TlsFault{"key_password", "does not open the key in key_file — correct it"};
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1) return std::nullopt;
  return TlsFault{"key_file", "is not the key of the certificate in cert_file — name the two that belong together"};
}

void set_alpn(SSL_CTX* context, const std::vector<std::string>& protocols) {
  std::vector<unsigned char> wire;  // each name behind its length
  for (const auto& protocol : protocols) {
    wire.push_back(static_cast<unsigned char>(protocol.size()));
    wire.insert(wire.end(), protocol.begin(), protocol.end());
  }
  if (!wire.empty()) SSL_CTX_set_alpn_protos(context, wire.data(), static_cast<unsigned>(wire.size()));
}

}  // namespace

void FreeTlsContext::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

Result<TlsContext, TlsFault> make_tls_context(const MqttSettings& settings) {
  // Paho's threads may still be ending when the program does: OpenSSL must not clean up under their feet. This counts
  // because nothing has used OpenSSL before the configuration is checked.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  auto* const raw = context.get();
  if (raw == nullptr || SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(raw, tls_ciphers) != 1) {
    return TlsFault{"tls", "OpenSSL cannot do TLS 1.2 — check its configuration (/etc/ssl/openssl.cnf)"};
  }
  if (auto fault = load_authorities(raw, settings.ca_file)) return *fault;
  if (!settings.cert_file.empty()) {
    if (auto fault = load_certificate(raw, settings)) return *fault;
  }
  if (!settings.key_file.empty()) {
    if (auto fault = load_key(raw, settings)) return *fault;
  }
  SSL_CTX_set_verify(raw, settings.tls_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  set_alpn(raw, settings.alpn);
  ERR_clear_error();
  return context;
}

}  // namespace vscp_p1::io
