#include "io/mqtt_probe.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

namespace vscp_p1::io {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::seconds;

constexpr seconds longest_step{3};
// With TLS 1.3 a broker judges our certificate after the handshake; until then nothing else comes from it.
constexpr seconds longest_silence{1};

constexpr const char* check_broker = ": check host and port in section [MQTT], and that the broker runs";
constexpr const char* no_tls =
    "it does not speak TLS on this port — set port in section [MQTT] (8883 as a rule), or tls = false";
constexpr const char* mute =
    "it accepts connections but does not answer — check that it is not stuck, and port in section [MQTT]";
constexpr const char* hung_up =
    "it closes the connection in the TLS handshake — check that the port in section [MQTT] speaks TLS "
    "(8883 as a rule), and the broker's log";
constexpr const char* certificate_wanted =
    "it wants a client certificate — set cert_file and key_file in section [MQTT]";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
Bio text_buffer() { return {BIO_new(BIO_s_mem()), &BIO_free}; }

// What a stranger may have put into a certificate goes into the log: printable, and not endless.
std::string printable(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string result(text.substr(0, longest));
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return result + (text.size() > longest ? "…" : "");
}

std::string content_of(BIO* buffer) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(buffer, &data);
  return printable({data, static_cast<std::size_t>(size)});
}

std::string text_of(const ASN1_TIME* time) {
  const auto buffer = text_buffer();
  ASN1_TIME_print_ex(buffer.get(), time, ASN1_DTFLGS_ISO8601);
  return content_of(buffer.get());
}

std::string text_of(const X509_NAME* name) {
  const auto buffer = text_buffer();
  X509_NAME_print_ex(buffer.get(), name, 0, XN_FLAG_RFC2253);
  return '"' + content_of(buffer.get()) + '"';
}

std::string text_of(const GENERAL_NAME& name) {
  if (name.type != GEN_DNS && name.type != GEN_IPADD) return {};
  const auto* bytes = ASN1_STRING_get0_data(name.d.ia5);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(name.d.ia5));
  if (name.type == GEN_DNS) return printable({reinterpret_cast<const char*>(bytes), size});
  asio::ip::address_v4::bytes_type v4{};
  asio::ip::address_v6::bytes_type v6{};
  if (size == v4.size()) return std::copy_n(bytes, size, v4.begin()), asio::ip::make_address_v4(v4).to_string();
  if (size == v6.size()) return std::copy_n(bytes, size, v6.begin()), asio::ip::make_address_v6(v6).to_string();
  return {};
}

// Whom a certificate is for: the names in it, else its subject.
std::string names_in(X509* certificate) {
  constexpr std::size_t longest = 200;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::string text;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()) && text.size() < longest; ++i) {
    const auto name = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty()) text.append(text.empty() ? "\"" : ", \"").append(name).append("\"");
  }
  return text.empty() ? text_of(X509_get_subject_name(certificate)) : text;
}

// What is wrong with the broker's certificate, or one above it.
std::string certificate_fault(X509_STORE_CTX* chain, const std::string& host) {
  X509* certificate = X509_STORE_CTX_get_current_cert(chain);
  const int error = X509_STORE_CTX_get_error(chain);
  if (certificate == nullptr) return "its certificate cannot be read";
  const bool is_its_own = X509_STORE_CTX_get_error_depth(chain) == 0;
  const auto whose = is_its_own ? "its certificate"
                                : "the certificate of its authority " + text_of(X509_get_subject_name(certificate));
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return whose + " has expired (notAfter " + text_of(X509_get0_notAfter(certificate)) +
             ") — renew it, or check this host's clock";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return whose + " is not yet valid (notBefore " + text_of(X509_get0_notBefore(certificate)) +
             ") — check this host's clock";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is for " + names_in(certificate) + ", not for \"" + host +
             "\" — set host in section [MQTT] to the name that it is for";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "its certificate is signed by itself, an unknown authority — set ca_file in section [MQTT] to it if it "
             "is "
             "the right one";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "its certificate was signed by an unknown authority, " + text_of(X509_get_issuer_name(certificate)) +
             " — set ca_file in section [MQTT] to the certificate of the authority";
    case X509_V_ERR_INVALID_PURPOSE:
      return whose + " is not meant for this use — the broker needs one for TLS servers";
    default: return whose + " is not accepted: " + X509_verify_cert_error_string(error);
  }
}

// OpenSSL's reason; 0 when the connection itself broke.
int reason_of(const error_code& error) {
  return error.category() == asio::error::get_ssl_category() ? ERR_GET_REASON(static_cast<unsigned>(error.value()))
                                                             : 0;
}

// The connection ended, whatever is at the other end.
bool is_end(const error_code& error) {
  const int reason = reason_of(error);
  return error && (reason == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

// Whether there is TLS at the other end, in whatever version, and however it ended.
bool is_from_tls(const error_code& error) {
  constexpr std::array foreign = {SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
                                  SSL_R_PACKET_LENGTH_TOO_LONG};
  return !is_end(error) && (!error || std::find(foreign.begin(), foreign.end(), reason_of(error)) == foreign.end());
}

// What the broker has against our certificate.
std::string refused_certificate(int alert) {
  const std::string which = "it refuses the certificate in cert_file: ";
  switch (alert) {
    case SSL_AD_CERTIFICATE_EXPIRED: return which + "it has expired — renew it";
    case SSL_AD_CERTIFICATE_REVOKED: return which + "it was revoked — ask for another one";
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
      return which + "it is not meant for this use — it must be one for clients (extendedKeyUsage clientAuth)";
    default:
      return which + SSL_alert_desc_string_long(alert) + " — it must be signed by an authority that the broker knows";
  }
}

}  // namespace

class MqttProbe::Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(asio::io_context& loop, MqttSettings settings, BrokerAddress broker, TlsContext context, Done done)
      : settings_(std::move(settings)),
        broker_(std::move(broker)),
        done_(std::move(done)),
        deadline_(loop),
        resolver_(loop),
        context_(context.release()),
        stream_(loop, context_) {}

  void start() {
    wait_at_most(longest_step, "no connection — the name server does not answer: check host in section [MQTT]");
    resolver_.async_resolve(broker_.host, std::to_string(broker_.port), tcp::resolver::numeric_service,
                            [self = shared_from_this()](const error_code& error, const auto& found) {
                              if (self->done_) self->on_resolved(error, found);
                            });
  }

  // What is under way ends by itself, at the deadline at the latest, and says nothing more.
  void abandon() noexcept { done_ = nullptr; }

 private:
  void on_resolved(const error_code& error, const tcp::resolver::results_type& found) {
    if (error) {
      return finish(
          "no connection — the name cannot be looked up: check host in section [MQTT], and the name server");
    }
    wait_at_most(longest_step, std::string("no connection — no answer") + check_broker);
    asio::async_connect(stream_.next_layer(), found,
                        [self = shared_from_this()](const error_code& result, const tcp::endpoint&) {
                          if (self->done_) self->on_tcp(result);
                        });
  }

  void on_tcp(const error_code& error) {
    if (error) return finish("no connection — " + error.message() + check_broker);
    wait_at_most(longest_step, settings_.tls ? mute : no_answer());
    prepare_handshake();
    stream_.async_handshake(asio::ssl::stream_base::client, [self = shared_from_this()](const error_code& result) {
      if (self->done_) self->on_handshake(result);
    });
  }

  void prepare_handshake() {
    auto* const ssl = stream_.native_handle();
    error_code not_an_address;
    asio::ip::make_address(broker_.host, not_an_address);
    if (not_an_address) {
      SSL_set_tlsext_host_name(ssl, broker_.host.c_str());
      SSL_set1_host(ssl, broker_.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), broker_.host.c_str());
    }
    SSL_set_msg_callback(ssl, &Attempt::on_message);
    SSL_set_msg_callback_arg(ssl, this);
    stream_.set_verify_callback([this](bool good, asio::ssl::verify_context& chain) {
      if (!good) certificate_fault_ = certificate_fault(chain.native_handle(), broker_.host);
      return good;
    });
  }

  // Sees whether the broker asks for a certificate.
  static void on_message(int is_sent, int /*version*/, int type, const void* bytes, std::size_t size, SSL* /*ssl*/,
                         void* self) {
    if (is_sent != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
    if (*static_cast<const unsigned char*>(bytes) == SSL3_MT_CERTIFICATE_REQUEST) {
      static_cast<Attempt*>(self)->certificate_wanted_ = true;
    }
  }

  void on_handshake(const error_code& error) {
    if (!settings_.tls) {
      return finish(is_from_tls(error) ? "it speaks TLS on this port — set tls = true in section [MQTT]"
                                       : no_answer());
    }
    if (error) return finish(tls_fault(error));
    wait_at_most(longest_silence, no_answer());
    stream_.async_read_some(asio::buffer(&byte_, 1),
                            [self = shared_from_this()](const error_code& result, std::size_t) {
                              if (self->done_) self->on_answer(result);
                            });
  }

  // The handshake was good: an alert is about our certificate, an end without one possibly too.
  void on_answer(const error_code& error) {
    if (is_from_tls(error) && error) return finish(tls_fault(error));
    finish(lacks_certificate() ? certificate_wanted : no_answer());
  }

  std::string tls_fault(const error_code& error) const {
    if (!certificate_fault_.empty()) return certificate_fault_;
    if (is_end(error)) return hung_up;
    if (!is_from_tls(error)) return no_tls;
    const int reason = reason_of(error);
    if (reason >= SSL_AD_REASON_OFFSET) return alert_fault(reason - SSL_AD_REASON_OFFSET);
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL) return alert_fault(SSL_AD_PROTOCOL_VERSION);
    return "the TLS handshake failed: " + error.message();
  }

  std::string alert_fault(int alert) const {
    switch (alert) {
      case SSL_AD_PROTOCOL_VERSION:
        return "it offers no TLS 1.2 or later — update it, or allow TLS 1.2 in its configuration";
      case SSL_AD_NO_APPLICATION_PROTOCOL: return "it accepts none of the protocols in alpn — correct or empty alpn";
      case SSL_AD_UNRECOGNIZED_NAME: return "it does not know the name \"" + broker_.host + "\" — check host";
      default: break;
    }
    if (lacks_certificate()) return certificate_wanted;
    const bool is_shown = certificate_wanted_ && alert != SSL_AD_HANDSHAKE_FAILURE;
    return is_shown ? refused_certificate(alert)
                    : std::string("it refuses the TLS handshake: ") + SSL_alert_desc_string_long(alert);
  }

  bool lacks_certificate() const { return certificate_wanted_ && settings_.cert_file.empty(); }
  std::string no_answer() const {
    const bool is_new = settings_.protocol == MqttVersion::v5;  // some close the connection without a word
    return std::string("no connection — it does not answer as a broker") +
           (is_new ? " of MQTT 5: check host, port and protocol in section [MQTT]" : check_broker);
  }

  void wait_at_most(seconds time, std::string else_reason) {
    deadline_.expires_after(time);
    deadline_.async_wait([self = shared_from_this(), reason = std::move(else_reason)](const error_code& error) {
      if (!error) self->finish(reason);
    });
  }

  void finish(const std::string& reason) {
    const auto done = std::exchange(done_, nullptr);
    error_code ignored;
    deadline_.cancel();
    resolver_.cancel();
    stream_.next_layer().close(ignored);
    if (done) done(reason);
  }

  MqttSettings settings_;
  BrokerAddress broker_;
  Done done_;  // none: finished
  asio::steady_timer deadline_;
  tcp::resolver resolver_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
  std::string certificate_fault_;
  bool certificate_wanted_ = false;
  char byte_ = 0;
};

MqttProbe::MqttProbe(asio::io_context& loop, MqttSettings settings, BrokerAddress broker, TlsContext context,
                     Done done)
    : attempt_(std::make_shared<Attempt>(loop, std::move(settings), std::move(broker), std::move(context),
                                         std::move(done))) {
  attempt_->start();
}

MqttProbe::~MqttProbe() { attempt_->abandon(); }

}  // namespace vscp_p1::io
