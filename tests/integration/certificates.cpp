#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace itest {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Key new_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

void add_extension(X509* certificate, int nid, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()), &X509_EXTENSION_free);
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

// Unsigned: issuer and extensions are up to the caller.
Certificate new_certificate(const std::string& name, EVP_PKEY* key, hours from, hours to) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), std::chrono::seconds(from).count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), std::chrono::seconds(to).count());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  require(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  return certificate;
}

std::string to_text(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> buffer(BIO_new(BIO_s_mem()), &BIO_free);
  require(write(buffer.get()) == 1, "PEM");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(buffer.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_text(X509* certificate) {
  return to_text([&](BIO* buffer) { return PEM_write_bio_X509(buffer, certificate); });
}

std::string to_text(EVP_PKEY* key, std::string password) {
  return to_text([&](BIO* buffer) {
    return PEM_write_bio_PKCS8PrivateKey(buffer, key, password.empty() ? nullptr : EVP_aes_256_cbc(), password.data(),
                                         static_cast<int>(password.size()), nullptr, nullptr);
  });
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(new_key()), certificate_(new_certificate(name, key_.get(), hours{-48}, hours{48})) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate_.get(), NID_key_usage, "critical,keyCertSign");
  require(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "signature");
  dir_.write("ca.pem", to_text(certificate_.get()));
}

Authority::~Authority() = default;

Identity Authority::issue(const std::string& name, const CertificateOptions& options) const {
  const auto key = new_key();
  const auto certificate = new_certificate(name, key.get(), options.valid_from, options.valid_to);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  if (!options.names.empty()) add_extension(certificate.get(), NID_subject_alt_name, options.names);
  if (!options.usage.empty()) add_extension(certificate.get(), NID_ext_key_usage, options.usage);
  require(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "signature");
  return {dir_.write(name + ".pem", to_text(certificate.get())),
          dir_.write(name + ".key", to_text(key.get(), options.key_password))};
}

}  // namespace itest
