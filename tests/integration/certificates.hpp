#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "harness.hpp"

struct x509_st;
struct evp_pkey_st;

/// Certificates that a test makes for itself.
namespace itest {

using std::chrono::hours;

/// Paths of files in PEM form.
struct Identity {
  std::string certificate, key;
};

struct CertificateOptions {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  hours valid_from{-24}, valid_to{24};  // from now
  std::string key_password = {};
  std::string usage = {};  // extendedKeyUsage; empty: none
};

/// A certificate authority with its files in a folder of its own.
class Authority {
 public:
  explicit Authority(const std::string& name);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// Its own certificate.
  std::string file() const { return dir_.file("ca.pem"); }
  /// A certificate that it signs; `name` is that of the files and the subject.
  Identity issue(const std::string& name, const CertificateOptions& options = {}) const;

 private:
  TempDir dir_;
  std::unique_ptr<evp_pkey_st, void (*)(evp_pkey_st*)> key_;
  std::unique_ptr<x509_st, void (*)(x509_st*)> certificate_;
};

}  // namespace itest
