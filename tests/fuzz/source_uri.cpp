// Where telegrams come from, as the configuration and the command line say it.
#include "vscp_p1/source_uri.hpp"

#include "fuzz/check.hpp"

using vscp_p1::SourceUri;

FUZZ_TARGET {
  const auto uri = vscp_p1::parse_source_uri(input);
  if (!uri) return fuzz::check_shown(uri.error());
  fuzz::check(uri->text == input, "the text as written");
  switch (uri->kind) {
    case SourceUri::Kind::tcp: {
      const int port = std::stoi(uri->port);
      fuzz::check(!uri->host.empty() && port >= 1 && port <= 65535, "host and port");
      break;
    }
    case SourceUri::Kind::file:
      fuzz::check(!uri->speed || *uri->speed == 0 || (*uri->speed >= 0.001 && *uri->speed <= 1e6), "a speed");
      fuzz::check(!uri->path.empty(), "a path");
      break;
    case SourceUri::Kind::device: fuzz::check(!uri->path.empty(), "a path"); break;
    case SourceUri::Kind::standard_input:
    case SourceUri::Kind::emulator: break;
  }
}
