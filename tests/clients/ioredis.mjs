// ioredis against the node on the port given.
import Redis from "ioredis";
import { done, equal, refused } from "./expect.mjs";

const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]), maxRetriesPerRequest: 1 });

equal(await redis.ping(), "PONG", "PING");
equal(await redis.set("io:text", "Grüße"), "OK", "SET");
equal(await redis.get("io:text"), "Grüße", "GET");
equal(await redis.get("io:none"), null, "GET of no key");
equal(await redis.getBuffer("io:text"), Buffer.from("Grüße"), "GET as bytes");

equal(await redis.hset("io:hash", { name: "viola", strings: 4 }), 2, "HSET");
equal(await redis.hget("io:hash", "name"), "viola", "HGET");
equal(await redis.hgetall("io:hash"), { name: "viola", strings: "4" }, "HGETALL");
equal(await redis.hincrby("io:hash", "strings", 2), 6, "HINCRBY");

equal(await redis.sadd("io:set", "a", "b", "a"), 2, "SADD");
equal((await redis.smembers("io:set")).sort(), ["a", "b"], "SMEMBERS");
equal(await redis.sismember("io:set", "b"), 1, "SISMEMBER");

equal(await redis.incr("io:count"), 1, "INCR");
equal(await redis.incrby("io:count", 41), 42, "INCRBY");

const replies = await redis.pipeline().set("io:p1", 1).incr("io:p1").get("io:p1").hget("io:p1", "f").exec();
equal(replies.slice(0, 3), [[null, "OK"], [null, 2], [null, "2"]], "pipeline");
equal(replies[3][0] instanceof Error, true, "an error within a pipeline");
equal(replies[3][0].message.startsWith("WRONGTYPE"), true, "WRONGTYPE");

const many = redis.pipeline();
for (let i = 0; i < 5000; i += 1) many.set(`io:many:${i}`, i);
equal((await many.exec()).every(([error, reply]) => !error && reply === "OK"), true, "5000 SETs in a pipeline");
const keys = new Set();
for await (const page of redis.scanStream({ match: "io:many:*", count: 500 })) page.forEach((key) => keys.add(key));
equal(keys.size, 5000, "SCAN");

equal(await redis.set("io:short", "x", "EX", 100), "OK", "SET EX");
const ttl = await redis.ttl("io:short");
equal(ttl > 95 && ttl <= 100, true, "TTL");
equal(await redis.ttl("io:text"), -1, "TTL without expiry");
equal(await redis.persist("io:short"), 1, "PERSIST");
equal(await redis.mget("io:text", "io:none"), ["Grüße", null], "MGET");
equal(await redis.del("io:text", "io:none"), 1, "DEL");
equal(await redis.exists("io:text"), 0, "EXISTS");
await refused(redis.call("SETNX", "io:text", "x"), /coordinator/);

redis.disconnect();
done("ioredis");
