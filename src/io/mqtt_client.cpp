#include "io/mqtt_client.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "io/mqtt_probe.hpp"
#include "io/mqtt_tls.hpp"

namespace vscp_p1::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds connect_timeout{10};
constexpr milliseconds disconnect_at_stop{300};
// Messages that Paho takes: more than MqttPublisher has under way. Its own limit, 100 by default, also counts while
// connected, and it refuses what exceeds it.
constexpr int paho_limit = 1000;

int paho_version(MqttVersion protocol) { return protocol == MqttVersion::v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1; }

// Paho takes a bracket for a part of the name that the certificate must have; it finds the port behind the last
// colon.
std::string server_uri(const MqttSettings& settings, const BrokerAddress& broker) {
  return settings.tls ? "ssl://" + broker.host + ":" + std::to_string(broker.port) : "tcp://" + broker.text();
}

constexpr const char* login_refused = "it refuses the login — check user and password in section [MQTT]";
constexpr const char* client_id_refused = "it refuses the client id — set another client_id in section [MQTT]";
constexpr const char* not_ready = "it is not ready yet";

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
    case mqtt::UNSUPPORTED_PROTOCOL_VERSION: return refusal(1, MqttVersion::v5);
    case mqtt::CLIENT_IDENTIFIER_NOT_VALID: return client_id_refused;
    case mqtt::BAD_USER_NAME_OR_PASSWORD: return login_refused;
    case mqtt::NOT_AUTHORIZED:
      return "it does not allow this — check user in section [MQTT], and the broker's rules for it";
    case mqtt::SERVER_UNAVAILABLE:
    case mqtt::SERVER_BUSY: return not_ready;
    case mqtt::SERVER_SHUTTING_DOWN: return "it is shutting down";
    case mqtt::BANNED: return "it has banned this client — ask who runs it";
    case mqtt::SESSION_TAKEN_OVER:
      return "another client came with the same client id — set another client_id in section [MQTT]";
    case mqtt::TOPIC_NAME_INVALID: return "it refuses the topic — check topic and status_topic in section [MQTT]";
    case mqtt::PACKET_TOO_LARGE: return "the message is too large for it — raise its limit";
    case mqtt::QUOTA_EXCEEDED: return "its quota is exceeded — raise the broker's limit";
    case mqtt::RETAIN_NOT_SUPPORTED:
      return "it keeps no messages — set retain = false and status_topic = in section [MQTT]";
    case mqtt::QOS_NOT_SUPPORTED:
      return "it does not take this quality of service — set another qos in section [MQTT]";
    case mqtt::USE_ANOTHER_SERVER:
    case mqtt::SERVER_MOVED: return "it has moved — ask who runs it, and set host in section [MQTT]";
    default: {
      const char* name = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
      return std::string("it says: ") + (name == nullptr ? "reason " + std::to_string(code) : name);
    }
  }
}

constexpr int least_failure = 0x80;  // of reason codes

}  // namespace

// One client of Paho, for one attempt and the connection that comes of it. Paho calls from threads of its own: each
// callback does nothing but post to the loop, where a connection that was given up in the meantime says no more.
class MqttClient::Connection final : public mqtt::iaction_listener, public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(MqttClient& owner)
      : owner_(owner),
        loop_(owner.loop_),
        paho_(server_uri(owner.settings_, owner.broker()), owner.settings_.client_id,
              mqtt::create_options(paho_version(owner.settings_.protocol), paho_limit)) {}

  void connect() {
    life_ = weak_from_this();
    paho_.set_connected_handler(
        [this](const std::string&) { post([](Connection& self) { self.owner_.on_connected(); }); });
    paho_.set_connection_lost_handler([this](const std::string&) {
      post([](Connection& self) { self.owner_.handlers_.lost("the connection broke"); });
    });
    // Without a handler Paho keeps what comes, for ever: also what nobody asked for.
    paho_.set_message_callback([this](const mqtt::const_message_ptr& message) { on_message(*message); });
    paho_.set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode code) {
      post([code](Connection& self) { self.owner_.handlers_.lost(reason_text(code)); });
    });
    paho_.connect(options(), nullptr, *this);
  }

  void publish(const std::string& topic, const std::string& payload, int qos, bool retained, std::uintptr_t ticket) {
    paho_.publish(mqtt::make_message(topic, payload, qos, retained), to_context(ticket), *this);
  }

  void subscribe(const std::string& filter) {
    subscribes_ = true;
    auto listener = std::make_unique<Subscription>(*this, filter);
    paho_.subscribe(filter, 1, to_context(0), *listener);
    subscriptions_.push_back(std::move(listener));
  }

  void unsubscribe(const std::string& filter) { paho_.unsubscribe(filter); }

  void disconnect() { paho_.disconnect(static_cast<int>(disconnect_at_stop.count()), to_context(0), *this); }

 private:
  mqtt::connect_options options() const {
    const auto& settings = owner_.settings_;
    mqtt::connect_options options;
    options.set_mqtt_version(paho_version(settings.protocol));
    if (settings.protocol == MqttVersion::v5) {
      options.set_clean_start(true);
    } else {
      options.set_clean_session(true);
    }
    options.set_keep_alive_interval(settings.keepalive);
    options.set_connect_timeout(connect_timeout);
    if (!settings.user.empty()) options.set_user_name(settings.user);
    // MQTT 3.1.1 §3.1.2.9 has no password without a user.
    const bool alone = settings.protocol == MqttVersion::v5 && !settings.password.empty();
    if (!settings.user.empty() || alone) options.set_password(settings.password);
    if (!owner_.status_topic_.empty()) {
      options.set_will_message(mqtt::message(owner_.status_topic_, "offline", 1, true));
    }
    if (settings.tls) options.set_ssl(tls_options());
    return options;
  }

  mqtt::ssl_options tls_options() const {
    const auto& settings = owner_.settings_;
    mqtt::ssl_options options;
    options.set_trust_store(settings.ca_file);
    options.set_key_store(settings.cert_file);
    options.set_private_key(settings.key_file);
    options.set_private_key_password(settings.key_password);
    options.set_enabled_cipher_suites(tls_ciphers);
    options.set_enable_server_cert_auth(!settings.tls_insecure);
    options.set_verify(!settings.tls_insecure);
    options.set_alpn_protos(settings.alpn);
    return options;
  }

  // Says which subscription was refused: a token does not.
  class Subscription final : public mqtt::iaction_listener {
   public:
    Subscription(Connection& owner, std::string filter) : owner_(owner), filter_(std::move(filter)) {}
    void on_success(const mqtt::token&) override {}
    void on_failure(const mqtt::token&) override {
      owner_.post([filter = filter_](Connection& self) { self.owner_.handlers_.not_heard(filter); });
    }

   private:
    Connection& owner_;
    std::string filter_;
  };

  // A broker may send more than the loop can take: so many messages, and no more of each than its beginning, wait.
  void on_message(const mqtt::message& message) {
    constexpr std::size_t most_waiting = 2000;
    constexpr std::size_t longest_topic = 500;
    const auto& topic = message.get_topic();
    if (!subscribes_ || topic.size() > longest_topic || heard_ >= most_waiting) return;
    ++heard_;
    post([topic, payload = message.get_payload_str().substr(0, longest_heard)](Connection& self) {
      --self.heard_;
      self.owner_.handlers_.received(topic, payload);
    });
  }

  // A ticket travels through Paho as the opaque pointer that it hands back.
  static void* to_context(std::uintptr_t ticket) {
    return reinterpret_cast<void*>(ticket);  // NOLINT(performance-no-int-to-ptr)
  }

  template <class Task>
  void post(Task task) {
    boost::asio::post(loop_, [life = life_, task = std::move(task)] {
      const auto self = life.lock();
      if (self && self == self->owner_.connection_) task(*self);
    });
  }

  // MQTT 5 §3.2.2.3.3
  static std::size_t receive_maximum(const mqtt::token& token) {
    const auto answer = token.get_connect_response();
    const auto& properties = answer.get_properties();
    return properties.contains(mqtt::property::RECEIVE_MAXIMUM)
               ? mqtt::get<std::uint16_t>(properties, mqtt::property::RECEIVE_MAXIMUM)
               : unlimited;
  }

  void on_success(const mqtt::token& token) override {
    const auto ticket = reinterpret_cast<std::uintptr_t>(token.get_user_context());
    if (token.get_type() == mqtt::token::Type::PUBLISH) {
      post([ticket](Connection& self) { self.owner_.handlers_.delivered(ticket); });
    } else if (token.get_type() == mqtt::token::Type::CONNECT) {
      post([limit = receive_maximum(token)](Connection& self) { self.owner_.receive_maximum_ = limit; });
    } else if (token.get_type() == mqtt::token::Type::DISCONNECT) {
      post([](Connection& self) { self.owner_.handlers_.disconnected(); });
    }
  }

  void on_failure(const mqtt::token& token) override {
    const auto protocol = owner_.settings_.protocol;
    // Paho gives the reason of a refused connection as its own return code.
    const int code =
        protocol == MqttVersion::v5 ? std::max<int>(token.get_reason_code(), token.get_return_code()) : 0;
    if (token.get_type() == mqtt::token::Type::PUBLISH && code >= least_failure) {
      const auto ticket = reinterpret_cast<std::uintptr_t>(token.get_user_context());
      post([ticket, code](Connection& self) { self.owner_.handlers_.refused(ticket, reason_text(code)); });
    } else if (token.get_type() == mqtt::token::Type::CONNECT) {
      const auto reason = code == mqtt::NOT_AUTHORIZED ? login_refused
                          : code >= least_failure      ? reason_text(code)
                                                       : refusal(token.get_return_code(), protocol);
      post([reason](Connection& self) { reason.empty() ? self.owner_.find_reason() : self.owner_.fail(reason); });
    }
  }

  MqttClient& owner_;
  boost::asio::io_context& loop_;
  std::weak_ptr<Connection> life_;
  std::atomic<bool> subscribes_{false};
  std::atomic<std::size_t> heard_{0};                         // and not yet looked at
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // Paho may call them as long as it lives
  mqtt::async_client paho_;
};

MqttClient::MqttClient(boost::asio::io_context& loop, MqttSettings settings, std::string status_topic,
                       Handlers handlers)
    : loop_(loop),
      settings_(std::move(settings)),
      status_topic_(std::move(status_topic)),
      handlers_(std::move(handlers)),
      brokers_(*parse_brokers(settings_.host, settings_.port)) {}

MqttClient::~MqttClient() = default;

void MqttClient::reconfigure(MqttSettings settings, std::string status_topic) {
  settings_ = std::move(settings);
  status_topic_ = std::move(status_topic);
  brokers_ = *parse_brokers(settings_.host, settings_.port);
  current_ = next_ = 0;
}

void MqttClient::connect() {
  trying_ = true;
  receive_maximum_ = unlimited;
  probe_.reset();
  current_ = next_;
  next_ = (current_ + 1) % brokers_.size();
  if (settings_.tls) {
    const auto context = make_tls_context(settings_);  // files may have changed, and Paho would not say how
    if (!context) {
      return boost::asio::post(loop_, [this, fault = context.error()] { fail(fault.key + ": " + fault.text); });
    }
  }
  // Ends last: Paho stops its threads, and waits for them, when it has no client at all.
  const auto before = connection_;
  try {
    connection_ = std::make_shared<Connection>(*this);
    connection_->connect();
  } catch (const mqtt::exception& error) {
    boost::asio::post(loop_, [this, reason = std::string(error.what())] { fail(reason); });
  }
}

void MqttClient::on_connected() {
  trying_ = false;
  handlers_.connected();
}

void MqttClient::fail(const std::string& reason) {
  if (std::exchange(trying_, false)) handlers_.failed(reason);
}

void MqttClient::find_reason() {
  if (!trying_ || probe_) return;
  MqttSettings any;  // whether there is TLS at all
  any.tls_insecure = true;
  auto context = make_tls_context(settings_.tls ? settings_ : any);
  if (!context) return fail(context.error().key + ": " + context.error().text);
  probe_ = std::make_unique<MqttProbe>(loop_, settings_, broker(), std::move(*context),
                                       [this](const std::string& reason) { fail(reason); });
}

void MqttClient::publish(const std::string& topic, const std::string& payload, int qos, bool retained,
                         std::uintptr_t ticket) {
  connection_->publish(topic, payload, qos, retained, ticket);
}

// An exception tells that the connection is gone, which `lost` will say.
void MqttClient::subscribe(const std::string& filter) {
  try {
    connection_->subscribe(filter);
  } catch (const mqtt::exception&) {
  }
}

void MqttClient::unsubscribe(const std::string& filter) {
  try {
    connection_->unsubscribe(filter);
  } catch (const mqtt::exception&) {
  }
}

void MqttClient::disconnect() {
  if (connection_) connection_->disconnect();
}

}  // namespace vscp_p1::io
