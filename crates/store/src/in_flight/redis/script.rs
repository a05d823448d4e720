//! The scripts: each works on one key, so that it runs on a single server and on a Cluster alike.
//!
//! A journey's list begins with its chain hash, `l`ight, `m`oving, `d`oubtful or `g`one, until when a move may take, the
//! wake-up, the settings version and the wrapped key; its events follow.

use redis::Cmd;

/// A script with its hash.
pub(super) struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    fn new(text: &'static str) -> Self {
        Self { text, hash: redis::Script::new(text).get_hash().to_owned() }
    }

    /// By its hash, which the server may not know.
    pub(super) fn by_hash(&self, key: &str, args: &[Vec<u8>]) -> Cmd {
        call("EVALSHA", &self.hash, key, args)
    }

    /// With its text, which the server then knows.
    pub(super) fn whole(&self, key: &str, args: &[Vec<u8>]) -> Cmd {
        call("EVAL", self.text, key, args)
    }
}

fn call(how: &str, script: &str, key: &str, args: &[Vec<u8>]) -> Cmd {
    let mut cmd = redis::cmd(how);
    cmd.arg(script).arg(1).arg(key);
    for arg in args {
        cmd.arg(arg.as_slice());
    }
    cmd
}

/// All of them.
pub(super) struct Scripts {
    pub(super) read: Script,
    pub(super) begin: Script,
    pub(super) append: Script,
    pub(super) begin_move: Script,
    pub(super) end_move: Script,
    pub(super) keep_light: Script,
    pub(super) take_due: Script,
    pub(super) settle_wake: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            read: Script::new(READ),
            begin: Script::new(BEGIN),
            append: Script::new(APPEND),
            begin_move: Script::new(BEGIN_MOVE),
            end_move: Script::new(END_MOVE),
            keep_light: Script::new(KEEP_LIGHT),
            take_due: Script::new(TAKE_DUE),
            settle_wake: Script::new(SETTLE_WAKE),
        }
    }
}

/// The list; a move whose time is over is doubtful.
const READ: &str = "
local list = redis.call('LRANGE', KEYS[1], 0, -1)
if list[2] == 'm' then
  local now = redis.call('TIME')
  if tonumber(list[3]) <= now[1] * 1000 + now[2] / 1000 then list[2] = 'd' end
end
return list";

/// 1: begun, 0: there is one. ARGV: hash, wake-up, version, wrapped key, seconds, events.
const BEGIN: &str = "
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1], 'l', '', ARGV[2], ARGV[3], ARGV[4], unpack(ARGV, 6))
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1";

/// 1: appended, 0: it has another head or is not light, -1: there is none. ARGV: base, hash, wake-up, seconds, events.
const APPEND: &str = "
local first = redis.call('LRANGE', KEYS[1], 0, 1)
if not first[1] then return -1 end
if first[1] ~= ARGV[1] or first[2] ~= 'l' then return 0 end
redis.call('RPUSH', KEYS[1], unpack(ARGV, 5))
redis.call('LSET', KEYS[1], 0, ARGV[2])
redis.call('LSET', KEYS[1], 3, ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1";

/// 1: it is moving, 0: it has another head or is not light, -1: there is none. ARGV: base, milliseconds.
const BEGIN_MOVE: &str = "
local first = redis.call('LRANGE', KEYS[1], 0, 1)
if not first[1] then return -1 end
if first[1] ~= ARGV[1] or first[2] ~= 'l' then return 0 end
local now = redis.call('TIME')
redis.call('LSET', KEYS[1], 1, 'm')
redis.call('LSET', KEYS[1], 2, string.format('%.0f', now[1] * 1000 + now[2] / 1000 + ARGV[2]))
return 1";

/// ARGV: the state that it comes to, seconds for which a gone one is remembered.
const END_MOVE: &str = "
if ARGV[1] == 'g' then
  redis.call('DEL', KEYS[1])
  redis.call('RPUSH', KEYS[1], '', 'g')
  redis.call('EXPIRE', KEYS[1], ARGV[2])
elseif redis.call('LINDEX', KEYS[1], 1) == 'm' then
  redis.call('LSET', KEYS[1], 1, ARGV[1])
end
return 1";

/// A doubtful one is light as before; gives the list.
const KEEP_LIGHT: &str = "
local list = redis.call('LRANGE', KEYS[1], 0, -1)
local doubtful = list[2] == 'd'
if list[2] == 'm' then
  local now = redis.call('TIME')
  doubtful = tonumber(list[3]) <= now[1] * 1000 + now[2] / 1000
end
if doubtful then
  redis.call('LSET', KEYS[1], 1, 'l')
  list[2] = 'l'
end
return list";

/// The journeys of a bucket that are due, each of which nobody else takes for a while. ARGV: now, until then, at most.
const TAKE_DUE: &str = "
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
return due";

/// Corrects a wake-up, unless somebody set another one meanwhile. ARGV: journey, what it was, what it is or nothing.
const SETTLE_WAKE: &str = "
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1])
else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1";
