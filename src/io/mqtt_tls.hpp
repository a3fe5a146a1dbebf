#pragma once

#include <memory>
#include <string>

#include "vscp_p1/result.hpp"
#include "vscp_p1/settings.hpp"

struct ssl_ctx_st;

namespace vscp_p1::io {

/// A setting of TLS that cannot be used: its key in [MQTT], and a text for the user that shows no secret.
struct TlsFault {
  std::string key;
  std::string text;
};

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const noexcept;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// Cipher suites that exist since TLS 1.2. Paho has no lower limit for the version: these are one, whatever the
/// host's OpenSSL allows. Those of TLS 1.3 come on top.
inline constexpr const char* tls_ciphers = "TLSv1.2:!aNULL:!eNULL:!PSK:!SRP";

/// OpenSSL's context for these settings, with everything read and checked that the files hold.
Result<TlsContext, TlsFault> make_tls_context(const MqttSettings& settings);

}  // namespace vscp_p1::io
