#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tutti {

// What a member may do; a member may have several roles.
enum class Role : uint8_t {
  kReplica = 1,   // holds the data, takes writes
  kObserver = 2,  // reads and relays, writes nothing
  kOperator = 4,  // sends commands over the encrypted port: the shell
  kAdmitter = 8,  // signs certificates of others in the cluster key's stead
};
using Roles = uint8_t;  // a sum of Role
constexpr Roles kRolesKnown = 15;
constexpr bool has_role(Roles roles, Role role) { return (roles & static_cast<Roles>(role)) != 0; }

struct NamedRole {
  Role role;
  std::string_view name;
};
constexpr NamedRole kRoles[] = {{Role::kReplica, "replica"},
                                {Role::kObserver, "observer"},
                                {Role::kOperator, "operator"},
                                {Role::kAdmitter, "admitter"}};

// "replica", "observer,operator": for people. "none": no role.
inline std::string roles_text(Roles roles) {
  std::string text;
  for (const NamedRole& known : kRoles) {
    if (has_role(roles, known.role)) text.append(text.empty() ? "" : ",").append(known.name);
  }
  return text.empty() ? "none" : text;
}

// The roles and the lifetime that an invitation may have; the command, the shell and the signing node share them. Only
// the cluster key makes admitters, never an invitation.
constexpr std::string_view kInvitedRoles = "replica, observer or operator";
constexpr std::optional<Role> invited_role(std::string_view name) {  // empty: none of these
  for (const NamedRole& known : kRoles) {
    if (known.name == name && known.role != Role::kAdmitter) return known.role;
  }
  return std::nullopt;
}
constexpr uint64_t kInvitationSecondsDefault = 3600;
constexpr uint64_t kInvitationSecondsMax = 30ull * 86'400;  // a token may leak: a month is long enough

}  // namespace tutti
