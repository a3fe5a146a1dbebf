#include "io/mqtt_client.hpp"

#include <MQTTAsync.h>
#include <MQTTClientPersistence.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstring>
#include <list>
#include <string_view>
#include <utility>

#include "io/mqtt_deliveries.hpp"
#include "io/mqtt_probe.hpp"
#include "io/mqtt_reasons.hpp"
#include "io/mqtt_tls.hpp"
#include "io/segment_lengths.hpp"

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

// What came of a request.
struct Outcome {
  bool is_good;
  int code = 0;         // Paho's own, also for an answer to MQTT 3.1.1
  int reason_code = 0;  // MQTT 5
  const MQTTProperties* properties = nullptr;

  // Paho gives the reason of a connection that was refused at MQTT 5 as its own code.
  int reason() const { return properties == nullptr ? 0 : std::max(reason_code, code); }
};

// Options of each kind of request name what is called at its end.
template <void (*finish)(void*, const Outcome&), class Options>
void set_callbacks(Options& options, void* context, bool is_v5) {
  options.context = context;
  if (!is_v5) {
    options.onSuccess = [](void* request, MQTTAsync_successData*) { finish(request, {true}); };
    options.onFailure = [](void* request, MQTTAsync_failureData* data) {
      finish(request, {false, data == nullptr ? MQTTASYNC_FAILURE : data->code});
    };
    return;
  }
  options.onSuccess5 = [](void* request, MQTTAsync_successData5* data) {
    finish(request, {true, 0, 0, data == nullptr ? nullptr : &data->properties});
  };
  options.onFailure5 = [](void* request, MQTTAsync_failureData5* data) {
    if (data == nullptr) return finish(request, {false, MQTTASYNC_FAILURE});
    finish(request, {false, data->code, data->reasonCode, &data->properties});
  };
}

// MQTT 5 §3.2.2.3.3
std::size_t receive_maximum_in(const MQTTProperties* properties) {
  auto* const all = const_cast<MQTTProperties*>(properties);  // which Paho only reads
  constexpr auto code = MQTTPROPERTY_CODE_RECEIVE_MAXIMUM;
  return all != nullptr && MQTTProperties_hasProperty(all, code) != 0
             ? static_cast<std::size_t>(MQTTProperties_getNumericValue(all, code))
             : MqttClient::unlimited;
}

// RFC 7301 §3.1
std::string wire_format(const std::vector<std::string>& protocols) {
  std::string bytes;
  for (const auto& name : protocols) bytes += static_cast<char>(name.size()) + name;
  return bytes;
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// They hold what `settings` and `protocols` own.
MQTTAsync_SSLOptions tls_options(const MqttSettings& settings, const std::string& protocols) {
  MQTTAsync_SSLOptions options = MQTTAsync_SSLOptions_initializer;
  options.trustStore = text_or_null(settings.ca_file);
  options.keyStore = text_or_null(settings.cert_file);
  options.privateKey = text_or_null(settings.key_file);
  options.privateKeyPassword = text_or_null(settings.key_password);
  options.enabledCipherSuites = tls_ciphers;
  options.enableServerCertAuth = settings.tls_insecure ? 0 : 1;
  options.verify = settings.tls_insecure ? 0 : 1;
  if (!protocols.empty()) {
    options.protos = reinterpret_cast<const unsigned char*>(protocols.data());
    options.protos_len = static_cast<unsigned>(protocols.size());
  }
  return options;
}

}  // namespace

// One client of Paho's C API, for one attempt and the connection that comes of it. Paho calls from threads of its
// own: a callback does nothing but note a delivery, or post to the loop, where a connection that was given up in the
// meantime says no more.
class MqttClient::Connection final : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(MqttClient& owner)
      : owner_(owner),
        loop_(owner.loop_),
        is_v5_(owner.settings_.protocol == MqttVersion::v5),
        deliveries_({[this] { post([](Connection& self) { self.collect(); }); },
                     [this] { post([](Connection& self) { self.deliveries_.end_turn(); }); }}) {}
  ~Connection() { MQTTAsync_destroy(&paho_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Paho's return code.
  int connect() {
    life_ = weak_from_this();
    const auto& settings = owner_.settings_;
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = paho_version(settings.protocol);
    options.maxBufferedMessages = paho_limit;
    const auto uri = server_uri(settings, owner_.broker());
    int code = MQTTAsync_createWithOptions(&paho_, uri.c_str(), settings.client_id.c_str(),
                                           MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
    // Without a handler for messages Paho keeps what comes, for ever: also what nobody asked for.
    if (code == MQTTASYNC_SUCCESS) code = MQTTAsync_setCallbacks(paho_, this, on_lost, on_message, nullptr);
    if (code == MQTTASYNC_SUCCESS) code = MQTTAsync_setDisconnected(paho_, this, on_disconnected);
    return code == MQTTASYNC_SUCCESS ? begin_attempt() : code;
  }

  bool publish(const std::string& topic, const std::string& payload, int qos, bool retained, std::uintptr_t ticket) {
    MQTTAsync_message message = MQTTAsync_message_initializer;
    const auto& text = of_another_length(topic, payload);
    message.payload = const_cast<char*>(text.data());  // which Paho copies
    message.payloadlen = static_cast<int>(text.size());
    message.qos = qos;
    message.retained = retained ? 1 : 0;
    auto* const delivery = deliveries_.begin(ticket, qos);
    if (delivery == nullptr) return false;
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    set_callbacks<on_delivered>(response, delivery, is_v5_);
    if (MQTTAsync_sendMessage(paho_, topic.c_str(), &message, &response) != MQTTASYNC_SUCCESS) {
      deliveries_.withdraw(*delivery);
      return false;
    }
    lengths_.note(topic.size() + text.size());
    return true;
  }

  MqttDeliveries& deliveries() noexcept { return deliveries_; }

  void collect() {
    const auto finished = deliveries_.finished();
    std::vector<std::uintptr_t> tickets;
    tickets.reserve(finished.size());
    for (const auto* delivery : finished) {
      if (delivery->code >= least_failure) owner_.handlers_.refused(reason_text(delivery->code));
      if (delivery->code != MqttDeliveries::not_sent) tickets.push_back(delivery->ticket);
    }
    if (!tickets.empty()) owner_.handlers_.delivered(tickets);
  }

  void subscribe(const std::string& filter) {
    subscribes_ = true;
    auto& subscription = subscriptions_.emplace_back(Subscription{this, filter});
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    set_callbacks<on_subscribed>(response, &subscription, is_v5_);
    MQTTAsync_subscribe(paho_, filter.c_str(), 1, &response);
  }

  void unsubscribe(const std::string& filter) {
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    MQTTAsync_unsubscribe(paho_, filter.c_str(), &response);
  }

  bool disconnect() {
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    if (is_v5_) options = MQTTAsync_disconnectOptions_initializer5;
    options.timeout = static_cast<int>(disconnect_at_stop.count());
    set_callbacks<on_farewell>(options, this, is_v5_);
    return MQTTAsync_disconnect(paho_, &options) == MQTTASYNC_SUCCESS;
  }

 private:
  struct Subscription {
    Connection* owner;
    std::string filter;
  };

  int begin_attempt() {
    const auto& settings = owner_.settings_;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    if (is_v5_) options = MQTTAsync_connectOptions_initializer5;
    options.MQTTVersion = paho_version(settings.protocol);
    options.keepAliveInterval = settings.keepalive;
    options.connectTimeout = static_cast<int>(connect_timeout.count());
    if (!settings.user.empty()) options.username = settings.user.c_str();
    // MQTT 3.1.1 §3.1.2.9 has no password without a user.
    if (!settings.user.empty() || (is_v5_ && !settings.password.empty()))
      options.password = settings.password.c_str();
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    will.topicName = owner_.status_topic_.c_str();
    will.message = "offline";
    will.retained = 1;
    will.qos = 1;
    if (!owner_.status_topic_.empty()) options.will = &will;
    const auto protocols = wire_format(settings.alpn);
    auto tls = tls_options(settings, protocols);
    if (settings.tls) options.ssl = &tls;
    set_callbacks<on_attempt>(options, this, is_v5_);
    return MQTTAsync_connect(paho_, &options);
  }

  // JSON may end with spaces (RFC 8259 §2). What is binary, or as the meter sent it, may end with any byte, but
  // begins otherwise.
  const std::string& of_another_length(const std::string& topic, const std::string& payload) {
    const bool is_json = payload.starts_with('{') && payload.ends_with('}');
    const auto spaces = is_json ? lengths_.missing(topic.size() + payload.size()) : 0;
    return spaces == 0 ? payload : spaced_.assign(payload).append(spaces, ' ');
  }

  template <class Task>
  void post(Task task) {
    boost::asio::post(loop_, [life = life_, task = std::move(task)] {
      const auto self = life.lock();
      if (self && self == self->owner_.connection_) task(*self);
    });
  }

  // ---- what Paho's threads call

  static void on_attempt(void* context, const Outcome& outcome) {
    auto& self = *static_cast<Connection*>(context);
    if (outcome.is_good) {
      return self.post([limit = receive_maximum_in(outcome.properties)](Connection& alive) {
        alive.owner_.receive_maximum_ = limit;
        alive.deliveries_.find_output(alive.owner_.broker().port);
        alive.owner_.on_connected();
      });
    }
    const auto reason = outcome.reason() == MQTTREASONCODE_NOT_AUTHORIZED ? login_refused
                        : outcome.reason() >= least_failure
                            ? reason_text(outcome.reason())
                            : refusal(outcome.code, self.is_v5_ ? MqttVersion::v5 : MqttVersion::v3_1_1);
    self.post(
        [reason](Connection& alive) { reason.empty() ? alive.owner_.find_reason() : alive.owner_.fail(reason); });
  }

  static void on_lost(void* context, char* /*cause*/) {
    static_cast<Connection*>(context)->post([](Connection& self) { self.owner_.on_lost("the connection broke"); });
  }

  static void on_disconnected(void* context, MQTTProperties* /*properties*/, MQTTReasonCodes code) {
    static_cast<Connection*>(context)->post([code](Connection& self) { self.owner_.on_lost(reason_text(code)); });
  }

  static void on_farewell(void* context, const Outcome& outcome) {
    if (!outcome.is_good) return;
    static_cast<Connection*>(context)->post([](Connection& self) { self.owner_.handlers_.disconnected(); });
  }

  static void on_delivered(void* context, const Outcome& outcome) {
    auto& delivery = *static_cast<MqttDeliveries::Delivery*>(context);
    const int failure = outcome.reason() >= least_failure ? outcome.reason() : MqttDeliveries::not_sent;
    MqttDeliveries::end(delivery, outcome.is_good ? 0 : failure);
  }

  static void on_subscribed(void* context, const Outcome& outcome) {
    const auto& [self, filter] = *static_cast<Subscription*>(context);
    if (outcome.is_good) return;
    self->post([name = filter](Connection& alive) { alive.owner_.handlers_.not_heard(name); });
  }

  static int on_message(void* context, char* topic, int topic_size, MQTTAsync_message* message) {
    // 0: its end is the terminating one.
    const std::string_view name(topic, topic_size > 0 ? static_cast<std::size_t>(topic_size) : std::strlen(topic));
    static_cast<Connection*>(context)->hear(
        name, {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)});
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
  }

  // A broker may send more than the loop can take: so many messages, and no more of each than its beginning, wait.
  void hear(std::string_view topic, std::string_view payload) {
    constexpr std::size_t most_waiting = 2000;
    constexpr std::size_t longest_topic = 500;
    if (!subscribes_ || topic.size() > longest_topic || heard_ >= most_waiting) return;
    ++heard_;
    post([topic = std::string(topic), payload = std::string(payload.substr(0, longest_heard))](Connection& self) {
      --self.heard_;
      self.owner_.handlers_.received(topic, payload);
    });
  }

  MqttClient& owner_;
  boost::asio::io_context& loop_;
  bool is_v5_;
  std::weak_ptr<Connection> life_;
  std::atomic<bool> subscribes_{false};
  std::atomic<std::size_t> heard_{0};      // and not yet looked at
  std::list<Subscription> subscriptions_;  // Paho may call them as long as it lives
  MqttDeliveries deliveries_;
  SegmentLengths lengths_;
  std::string spaced_;
  MQTTAsync paho_ = nullptr;
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
  connection_ = std::make_shared<Connection>(*this);
  const int code = connection_->connect();
  if (code == MQTTASYNC_SUCCESS) return;
  boost::asio::post(loop_, [this, code] { fail("Paho gives error " + std::to_string(code)); });
}

void MqttClient::on_connected() {
  trying_ = false;
  handlers_.connected();
}

void MqttClient::on_lost(const std::string& reason) {
  connection_->collect();
  handlers_.lost(reason);
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

bool MqttClient::publish(const std::string& topic, const std::string& payload, int qos, bool retained,
                         std::uintptr_t ticket) {
  return connection_->publish(topic, payload, qos, retained, ticket);
}

void MqttClient::collect() {
  if (connection_) connection_->collect();
}

void MqttClient::collect_left() {
  if (connection_ && connection_->deliveries().has_left()) connection_->collect();
}

void MqttClient::wake_when_delivered(bool on) {
  if (connection_) connection_->deliveries().wake_when_delivered(on);
}

std::size_t MqttClient::uncollected() const noexcept {
  return connection_ ? connection_->deliveries().uncollected() : 0;
}

void MqttClient::subscribe(const std::string& filter) { connection_->subscribe(filter); }

void MqttClient::unsubscribe(const std::string& filter) { connection_->unsubscribe(filter); }

bool MqttClient::disconnect() { return connection_ && connection_->disconnect(); }

}  // namespace vscp_p1::io
