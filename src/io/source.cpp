#include "io/source.hpp"

#include <utility>

#include "io/capture_source.hpp"
#include "io/emulator_source.hpp"
#include "io/line_source.hpp"
#include "io/replay_source.hpp"

namespace vscp_p1::io {

std::shared_ptr<Source> make_source(boost::asio::io_context& loop, const SourceUri& uri, const SerialSettings& serial,
                                    const EmulatorSettings& emulator, const TimeZone& zone, SourceHandlers handlers) {
  switch (uri.kind) {
    case SourceUri::Kind::tcp: return make_tcp_source(loop, uri, std::move(handlers));
    case SourceUri::Kind::file: {
      auto replay = make_replay_source(loop, uri, handlers);
      return replay ? replay : make_file_source(loop, uri, std::move(handlers));
    }
    case SourceUri::Kind::standard_input: return make_stdin_source(loop, std::move(handlers));
    case SourceUri::Kind::emulator: return make_emulator_source(loop, emulator, zone, std::move(handlers));
    case SourceUri::Kind::device: break;
  }
  return make_device_source(loop, uri, serial, std::move(handlers));
}

}  // namespace vscp_p1::io
