#include "io/mqtt_reasons.hpp"

#include <MQTTAsync.h>

namespace vscp_p1::io {
namespace {

constexpr const char* client_id_refused = "it refuses the client id — set another client_id in section [MQTT]";
constexpr const char* not_ready = "it is not ready yet";

}  // namespace

// Return codes of CONNACK, MQTT 3.1.1 §3.2.2.3; Paho knows those of version 3.1.1 in an answer to MQTT 5 too.
std::string refusal(int code, MqttVersion protocol) {
  switch (code) {
    case 1:
      return protocol == MqttVersion::v5 ? "it does not speak MQTT 5 — set protocol = 3.1.1 in section [MQTT]"
                                         : "it does not speak MQTT 3.1.1 — set protocol = 5 in section [MQTT]";
    case 2: return client_id_refused;
    case 3: return not_ready;
    case 4:
    case 5: return login_refused;
    default: return {};
  }
}

// Reason codes of MQTT 5, §2.4: in a CONNACK, an acknowledgement, or a DISCONNECT.
std::string reason_text(int code) {
  switch (code) {
    case MQTTREASONCODE_UNSUPPORTED_PROTOCOL_VERSION: return refusal(1, MqttVersion::v5);
    case MQTTREASONCODE_CLIENT_IDENTIFIER_NOT_VALID: return client_id_refused;
    case MQTTREASONCODE_BAD_USER_NAME_OR_PASSWORD: return login_refused;
    case MQTTREASONCODE_NOT_AUTHORIZED:
      return "it does not allow this — check user in section [MQTT], and the broker's rules for it";
    case MQTTREASONCODE_SERVER_UNAVAILABLE:
    case MQTTREASONCODE_SERVER_BUSY: return not_ready;
    case MQTTREASONCODE_SERVER_SHUTTING_DOWN: return "it is shutting down";
    case MQTTREASONCODE_BANNED: return "it has banned this client — ask who runs it";
    case MQTTREASONCODE_SESSION_TAKEN_OVER:
      return "another client came with the same client id — set another client_id in section [MQTT]";
    case MQTTREASONCODE_TOPIC_NAME_INVALID:
      return "it refuses the topic — check topic and status_topic in section [MQTT]";
    case MQTTREASONCODE_PACKET_TOO_LARGE: return "the message is too large for it — raise its limit";
    case MQTTREASONCODE_QUOTA_EXCEEDED: return "its quota is exceeded — raise the broker's limit";
    case MQTTREASONCODE_RETAIN_NOT_SUPPORTED:
      return "it keeps no messages — set retain = false and status_topic = in section [MQTT]";
    case MQTTREASONCODE_QOS_NOT_SUPPORTED:
      return "it does not take this quality of service — set another qos in section [MQTT]";
    case MQTTREASONCODE_USE_ANOTHER_SERVER:
    case MQTTREASONCODE_SERVER_MOVED: return "it has moved — ask who runs it, and set host in section [MQTT]";
    default: {
      const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
      return std::string("it says: ") + (name == nullptr ? "reason " + std::to_string(code) : name);
    }
  }
}

}  // namespace vscp_p1::io
