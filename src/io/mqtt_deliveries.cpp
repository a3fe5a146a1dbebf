#include "io/mqtt_deliveries.hpp"

#include <utility>

namespace vscp_p1::io {

// What is gathered is sent when Paho has written the messages of QoS 0. At QoS 1 the broker's answer to the first
// one, which comes at once when it owes no other, makes the rest go. At QoS 2 nothing waits: each side answers
// answers.
MqttDeliveries::Delivery* MqttDeliveries::begin(std::uintptr_t ticket, int qos) {
  const std::lock_guard lock(mutex_);
  if (!is_gathering_ && output_.is_ended()) return nullptr;
  if (!std::exchange(is_gathering_, true)) {
    output_.set_prompt(qos != 1 || under_way_ > 0 || has_unanswered_);
    PahoOutput::follow_caller();
    if (qos != 0) handlers_.gathers();
  }
  if (qos != 1) output_.set_prompt(true);  // behind a state, which goes at QoS 1
  if (qos == 0) {
    output_.cork(true);
    ++unwritten_;
    has_unanswered_ = true;
  }
  ++under_way_;
  if (idle_.empty()) return &all_.emplace_back(Delivery{this, ticket, qos});
  auto* const delivery = idle_.back();
  idle_.pop_back();
  *delivery = {this, ticket, qos};
  return delivery;
}

void MqttDeliveries::withdraw(Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  if (delivery.qos == 0) --unwritten_;
  send_gathered();
  idle_.push_back(&delivery);
  note_end();
}

void MqttDeliveries::end(Delivery& delivery, int code) {
  auto& all = *delivery.all;
  const std::lock_guard lock(all.mutex_);
  delivery.code = code;
  all.finished_.push_back(&delivery);
  if (code != not_sent) ++all.delivered_;
  if (delivery.qos == 0 && --all.unwritten_ == 0) all.send_gathered();
  if (code != 0) all.call_due();
  all.note_end();
  const bool is_awaited = delivery.qos == 2 || (delivery.qos == 1 && all.wakes_when_delivered_);
  if (is_awaited && all.under_way_ > 0) all.output_.acknowledge();
}

void MqttDeliveries::note_end() {
  const bool is_last = --under_way_ == 0 && !finished_.empty();
  if ((is_last && wakes_when_delivered_) || finished_.size() >= most_finished) return call_due();
  if (is_last) has_left_ = true;
}

void MqttDeliveries::end_turn() {
  const std::lock_guard lock(mutex_);
  send_gathered();
}

void MqttDeliveries::send_gathered() {
  if (unwritten_ == 0 && std::exchange(is_gathering_, false)) output_.cork(false);
}

void MqttDeliveries::call_due() {
  if (!std::exchange(is_due_, true)) handlers_.due();
}

std::vector<const MqttDeliveries::Delivery*> MqttDeliveries::finished() {
  const std::lock_guard lock(mutex_);
  is_due_ = false;
  has_left_ = false;
  delivered_ = 0;
  idle_.insert(idle_.end(), finished_.begin(), finished_.end());
  std::vector<const Delivery*> result(finished_.begin(), finished_.end());
  finished_.clear();
  return result;
}

std::size_t MqttDeliveries::uncollected() const noexcept {
  const std::lock_guard lock(mutex_);
  return delivered_;
}

void MqttDeliveries::wake_when_delivered(bool on) {
  const std::lock_guard lock(mutex_);
  wakes_when_delivered_ = on;
  if (on && under_way_ == 0 && !finished_.empty()) call_due();
}

}  // namespace vscp_p1::io
