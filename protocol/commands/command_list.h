#pragma once

#include "protocol/commands/command_table.h"

// Every command's function: it writes one reply into call.out, or sets call.deferred. Before it runs, execute() has
// checked the number of arguments, the size of the keys, and that the client may run the command.
namespace tutti::commands {

using Command = void(CommandCall&);

// connection_commands.cc, client_commands.cc
Command ping, echo, hello, auth, quit, select, reset;
Command client;
// server_commands.cc, config_commands.cc, info_commands.cc, command_commands.cc
Command dbsize, flushall, flushdb, time;
Command config;
Command info;
Command command;
// string_commands.cc, counter_commands.cc
Command get, set, getset, getdel, setex, psetex, mget, mset, strlen, append;
Command incr, decr, incrby, decrby;
// key_commands.cc, expiry_commands.cc, scan_commands.cc
Command del, unlink, exists, type;
Command expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime, pexpiretime, persist, getex;
Command scan, keys, hscan, sscan;
// hash_commands.cc, set_commands.cc
Command hset, hmset, hget, hmget, hgetall, hkeys, hvals, hdel, hlen, hexists, hincrby;
Command sadd, srem, smembers, sismember, smismember, scard;
// tutti_commands.cc
Command tutti_members, tutti_clock, tutti_fingerprint, tutti_verify, tutti_invite, tutti_status,
    tutti_transfer, tutti_meet;

}  // namespace tutti::commands

// Their lines (CommandEntry), which command_table.cc looks up.
namespace tutti::command_list {

using namespace commands;

inline constexpr uint8_t kR = CommandEntry::kReadOnly;
inline constexpr uint8_t kRF = CommandEntry::kReadOnly | CommandEntry::kFast;
inline constexpr uint8_t kW = CommandEntry::kWrite;
inline constexpr uint8_t kWF = CommandEntry::kWrite | CommandEntry::kFast;
inline constexpr uint8_t kF = CommandEntry::kFast;
inline constexpr uint8_t kA = CommandEntry::kAdmin;
inline constexpr uint8_t kOpen = CommandEntry::kFast | CommandEntry::kNoAuth;

// clang-format off
inline constexpr CommandEntry kAll[] = {
    {"ping", -1, kF, 0, 0, 0, "connection", "[message]", "Answers PONG, or the message", ping},
    {"echo", 2, kF, 0, 0, 0, "connection", "message", "Answers the message", echo},
    {"hello", -1, kOpen, 0, 0, 0, "connection", "[protover [AUTH username password] [SETNAME clientname]]", "Chooses RESP2 or RESP3, and tells about this server", hello},
    {"auth", -2, kOpen, 0, 0, 0, "connection", "[username] password", "Gives the password", auth},
    {"quit", -1, kOpen, 0, 0, 0, "connection", "", "Closes the connection", quit},
    {"select", 2, kF, 0, 0, 0, "connection", "index", "Chooses the database; there is only 0", commands::select},
    {"reset", 1, kOpen, 0, 0, 0, "connection", "", "Resets the connection's state", reset},
    {"client", -2, 0, 0, 0, 0, "connection", "SETNAME|GETNAME|SETINFO|ID|INFO|LIST|NO-EVICT ...", "About this connection", client},

    {"command", -1, 0, 0, 0, 0, "server", "[COUNT|INFO|DOCS|LIST ...]", "About the commands", command},
    {"config", -2, kA, 0, 0, 0, "server", "GET pattern ...|SET durability always|interval", "Settings of this node", config},
    {"info", -1, 0, 0, 0, 0, "server", "[section ...]", "About this node", info},
    {"dbsize", 1, kR, 0, 0, 0, "server", "", "The number of keys", dbsize},
    {"flushall", -1, kW, 0, 0, 0, "server", "[ASYNC|SYNC]", "Deletes every key, on every node", flushall},
    {"flushdb", -1, kW, 0, 0, 0, "server", "[ASYNC|SYNC]", "Deletes every key, on every node", flushdb},
    {"time", 1, kF, 0, 0, 0, "server", "", "This node's wall clock: seconds, microseconds", commands::time},

    {"get", 2, kRF, 1, 1, 1, "string", "key", "The value of a key", get},
    {"set", -3, kW, 1, 1, 1, "string", "key value [GET] [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|KEEPTTL]", "Sets a key, whatever it was before", set},
    {"getset", 3, kWF, 1, 1, 1, "string", "key value", "Sets a key and answers its previous value", getset},
    {"getdel", 2, kWF, 1, 1, 1, "string", "key", "Deletes a key and answers its value", getdel},
    {"getex", -2, kWF, 1, 1, 1, "string", "key [EX seconds|PX milliseconds|EXAT unix-seconds|PXAT unix-milliseconds|PERSIST]", "Gets a key's value, and sets when it expires", getex},
    {"setex", 4, kW, 1, 1, 1, "string", "key seconds value", "Sets a key that expires", setex},
    {"psetex", 4, kW, 1, 1, 1, "string", "key milliseconds value", "Sets a key that expires", psetex},
    {"mget", -2, kRF, 1, -1, 1, "string", "key ...", "The values of keys", mget},
    {"mset", -3, kW, 1, -1, 2, "string", "key value ...", "Sets keys in one atomic write", mset},
    {"strlen", 2, kRF, 1, 1, 1, "string", "key", "The size of a key's value", commands::strlen},
    {"append", 3, kWF, 1, 1, 1, "string", "key value", "Appends to a key's value", append},
    {"incr", 2, kWF, 1, 1, 1, "string", "key", "Adds 1; concurrent increments all count", incr},
    {"decr", 2, kWF, 1, 1, 1, "string", "key", "Takes 1 away", decr},
    {"incrby", 3, kWF, 1, 1, 1, "string", "key increment", "Adds to an integer; concurrent increments all count", incrby},
    {"decrby", 3, kWF, 1, 1, 1, "string", "key decrement", "Takes from an integer", decrby},

    {"del", -2, kW, 1, -1, 1, "generic", "key ...", "Deletes keys in one atomic write", del},
    {"unlink", -2, kWF, 1, -1, 1, "generic", "key ...", "Deletes keys in one atomic write", unlink},
    {"exists", -2, kRF, 1, -1, 1, "generic", "key ...", "How many of the keys exist", exists},
    {"type", 2, kRF, 1, 1, 1, "generic", "key", "The type of a key", type},
    {"expire", -3, kWF, 1, 1, 1, "generic", "key seconds [NX|XX|GT|LT]", "Sets when a key expires", expire},
    {"pexpire", -3, kWF, 1, 1, 1, "generic", "key milliseconds [NX|XX|GT|LT]", "Sets when a key expires", pexpire},
    {"expireat", -3, kWF, 1, 1, 1, "generic", "key unix-seconds [NX|XX|GT|LT]", "Sets when a key expires", expireat},
    {"pexpireat", -3, kWF, 1, 1, 1, "generic", "key unix-milliseconds [NX|XX|GT|LT]", "Sets when a key expires", pexpireat},
    {"ttl", 2, kRF, 1, 1, 1, "generic", "key", "Seconds until a key expires; -1 never, -2 no such key", ttl},
    {"pttl", 2, kRF, 1, 1, 1, "generic", "key", "Milliseconds until a key expires; -1 never, -2 no such key", pttl},
    {"expiretime", 2, kRF, 1, 1, 1, "generic", "key", "When a key expires, in unix seconds", expiretime},
    {"pexpiretime", 2, kRF, 1, 1, 1, "generic", "key", "When a key expires, in unix milliseconds", pexpiretime},
    {"persist", 2, kWF, 1, 1, 1, "generic", "key", "Removes a key's expiry", persist},
    {"scan", -2, kR, 0, 0, 0, "generic", "cursor [MATCH pattern] [COUNT count] [TYPE type]", "Some of the keys, and a cursor to go on with", scan},
    {"keys", 2, kR, 0, 0, 0, "generic", "pattern", "All keys that match; SCAN does not block other clients", keys},

    {"hset", -4, kWF, 1, 1, 1, "hash", "key field value ...", "Sets fields; answers how many are new", hset},
    {"hmset", -4, kWF, 1, 1, 1, "hash", "key field value ...", "Sets fields", hmset},
    {"hget", 3, kRF, 1, 1, 1, "hash", "key field", "The value of a field", hget},
    {"hmget", -3, kRF, 1, 1, 1, "hash", "key field ...", "The values of fields", hmget},
    {"hgetall", 2, kR, 1, 1, 1, "hash", "key", "All fields and their values", hgetall},
    {"hkeys", 2, kR, 1, 1, 1, "hash", "key", "All fields", hkeys},
    {"hvals", 2, kR, 1, 1, 1, "hash", "key", "All values", hvals},
    {"hdel", -3, kWF, 1, 1, 1, "hash", "key field ...", "Deletes fields", hdel},
    {"hlen", 2, kR, 1, 1, 1, "hash", "key", "The number of fields", hlen},
    {"hexists", 3, kRF, 1, 1, 1, "hash", "key field", "Whether a field exists", hexists},
    {"hincrby", 4, kWF, 1, 1, 1, "hash", "key field increment", "Adds to a field; concurrent increments all count", hincrby},
    {"hscan", -3, kR, 1, 1, 1, "hash", "key cursor [MATCH pattern] [COUNT count]", "Some of the fields with their values, and a cursor to go on with", hscan},

    {"sadd", -3, kWF, 1, 1, 1, "set", "key member ...", "Adds members; an add wins over a concurrent remove", sadd},
    {"srem", -3, kWF, 1, 1, 1, "set", "key member ...", "Removes members", srem},
    {"smembers", 2, kR, 1, 1, 1, "set", "key", "All members", smembers},
    {"sismember", 3, kRF, 1, 1, 1, "set", "key member", "Whether it is a member", sismember},
    {"smismember", -3, kRF, 1, 1, 1, "set", "key member ...", "Which of these are members", smismember},
    {"scard", 2, kR, 1, 1, 1, "set", "key", "The number of members", scard},
    {"sscan", -3, kR, 1, 1, 1, "set", "key cursor [MATCH pattern] [COUNT count]", "Some of the members, and a cursor to go on with", sscan},

    {"tutti.members", 1, kF, 0, 0, 0, "tutti", "", "The nodes of the cluster, as this one sees them", tutti_members},
    {"tutti.clock", 1, kF, 0, 0, 0, "tutti", "", "What this node has applied: actor -> counter, and its hash", tutti_clock},
    {"tutti.status", 1, kF, 0, 0, 0, "tutti", "", "This node in a few lines", tutti_status},
    {"tutti.fingerprint", 1, 0, 0, 0, 0, "tutti", "", "This node's fingerprint of all its data; merges first", tutti_fingerprint},
    {"tutti.verify", 1, 0, 0, 0, 0, "tutti", "", "Whether all nodes hold the same data", tutti_verify},
    {"tutti.transfer", -1, kA, 0, 0, 0, "tutti", "[allow|deny]", "The transfer that was not joined, as it would delete much; and what is to be done with it", tutti_transfer},
    {"tutti.meet", 2, kA, 0, 0, 0, "tutti", "host:port", "Introduces this node to the member that listens there", tutti_meet},
    {"tutti.invite", -1, kA, 0, 0, 0, "tutti", "[ttl-seconds] [replica|observer|operator]", "A one-time token with which a node joins", tutti_invite},
};
// clang-format on

}  // namespace tutti::command_list
