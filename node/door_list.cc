#include "node/door_list.h"

#include "node/doors/resp_door.h"
#include "node/setup/endpoint.h"

namespace tutti {

namespace {

template <class D>
std::unique_ptr<Door> make(DoorContext& context) {
  return std::make_unique<D>(context);
}

struct DoorEntry {
  std::string_view setting;  // of tutti.toml, and its flag
  std::string_view clients;  // for people
  std::string Config::*address;
  std::unique_ptr<Door> (*make)(DoorContext& context);
};

constexpr DoorEntry kDoors[] = {
    {"resp", "Redis clients", &Config::resp, make<RespDoor>},
};

}  // namespace

Outcome<std::vector<DoorAddress>> resolve_doors(const Config& config) {
  std::vector<DoorAddress> out;
  for (const DoorEntry& entry : kDoors) {
    const auto address = resolve_endpoint(config.*entry.address);
    if (!address) return failure(ExitCode::kUsage, address.error());
    out.push_back({entry.setting, *address});
  }
  return out;
}

DoorList::DoorList(uv_loop_t* loop, LoopTurn& turn, Replica& replica, std::string password,
                   size_t clients_max)
    : context_{loop, turn, replica, std::move(password), clients_max} {
  for (const DoorEntry& entry : kDoors) doors_.push_back(entry.make(context_));
  replica.add_part(*this);
}

DoorList::~DoorList() = default;

Outcome<> DoorList::listen(const std::vector<DoorAddress>& addresses) {
  for (size_t i = 0; i < doors_.size(); ++i) {
    if (auto ok = doors_[i]->listen(addresses.at(i).address); !ok)
      return cannot_listen(kDoors[i].clients, kDoors[i].setting, ok.error());
  }
  return {};
}

void DoorList::metrics(const MetricSink& sink) const {
  for (const auto& door : doors_) door->metrics(sink);
}

}  // namespace tutti
