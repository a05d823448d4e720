//! Broken offers: the line, the field, what is wrong and what mends it.

use crate::world::{says, small_offer};

/// What one broken line of an offer says. The line is the 30th of the file, after the two URLs.
#[track_caller]
fn offer(rows: &[(&str, &str)]) {
    says(rows.iter().map(|(line, expected)| (small_offer(line), (*expected).to_owned())));
}

#[test]
fn names_and_types_in_an_offer() {
    offer(&[
        (
            "timout = \"2s\"",
            "30:1: offer.c-medicare.timout: there is no key `timout`; did you mean `timeout`?",
        ),
        ("floor = 5", "30:1: offer.c-medicare.floor: there is no key `floor`; did you mean `min_bid`?"),
        (
            "timeout = 2",
            "30:11: offer.c-medicare.timeout: this is a whole number, and the key takes a string; write it in quotes",
        ),
        (
            "timeout = \"2\"",
            "30:11: offer.c-medicare.timeout: this is no length of time; write a whole number with its unit (ms, s, m, h, \
             d), ex: \"2s\", \"500ms\", \"1m30s\"",
        ),
        (
            "active = \"yes\"",
            "30:10: offer.c-medicare.active: this is a string, and the key takes true or false; write it without quotes",
        ),
        (
            "caller_id = \"pas\"",
            "30:13: offer.c-medicare.caller_id: there is no such choice; did you mean \"pass\"?",
        ),
        (
            "min_bid = \"5,00\"",
            "30:11: offer.c-medicare.min_bid: this is no amount; an amount is digits, a point and at most six decimals, up \
             to 1000000, ex: \"45.00\"",
        ),
        (
            "required = \"zip\"",
            "30:12: offer.c-medicare.required: this is a string, and the key takes a list; write it in brackets, ex: [\"a\", \"b\"]",
        ),
        (
            "zip_digits = 4",
            "30:14: offer.c-medicare.zip_digits: a ping shows five or three digits of the zip; write 5 or 3",
        ),
        (
            "channels = []",
            "30:12: offer.c-medicare.channels: the offer accepts no channel; name one, ex: [\"call\"], or set active = false",
        ),
        (
            "priority = 5000",
            "30:12: offer.c-medicare.priority: the number is out of its range; write a whole number from -1000 to 1000",
        ),
        (
            "destination = \"3055550203\"",
            "30:15: offer.c-medicare.destination: this is neither a number nor a SIP address; write \"+\" and a number, or \"sip:user@host\"",
        ),
    ]);
}

#[test]
fn times_and_prices_of_an_offer() {
    offer(&[
        (
            "timeout = \"31s\"",
            "30:11: offer.c-medicare.timeout: the length of time is out of its range; write 1s to 30s",
        ),
        (
            "timeout = \"999ms\"",
            "30:11: offer.c-medicare.timeout: the length of time is out of its range; write 1s to 30s",
        ),
        (
            "confirm = { timeout = \"4s\" }",
            "30:23: offer.c-medicare.confirm.timeout: the length of time is out of its range; write 200ms to 3s",
        ),
        (
            "min_bid = 50\nbid_max = 40",
            "30:11: offer.c-medicare.min_bid: the least bid is over the highest, so no bid could ever win; lower min_bid, or \
             raise bid_max",
        ),
        (
            "static_price = 45",
            "30:16: offer.c-medicare.static_price: the static price has no destination, so it can never sell; set destination \
             to where this buyer takes calls",
        ),
        (
            "static_price = 45\ndestination = \"+442079460123\"",
            "31:15: offer.c-medicare.destination: the offer's own `allowed` does not allow this destination; use a US or \
             toll-free number, or name this one in allowed = { numbers = […] }",
        ),
        (
            "destination = \"sip:a@pbx.example\"",
            "30:15: offer.c-medicare.destination: the offer's own `allowed` does not allow this destination; name its domain \
             in allowed = { sip_domains = […] }",
        ),
        (
            "confirm = { phone = true }",
            "30:11: offer.c-medicare.confirm: the confirm would carry the caller's number, which this offer's phone does not \
             show; set caller_id = \"pass\", or confirm.phone = false",
        ),
        (
            "payable_after = \"90s\"\npayable_max = \"60s\"",
            "30:17: offer.c-medicare.payable_after: a bid that names no payable time would be refused by the offer's own \
             limit; lower payable_after, or raise payable_max",
        ),
    ]);
}

#[test]
fn hours_and_caps() {
    offer(&[
        (
            "hours = { mon = [\"17:00-09:00\"] }",
            "30:18: offer.c-medicare.hours.mon[1]: the interval is inverted or empty; write the earlier time first; hours over midnight are two intervals, ex: \"22:00-24:00\" and, on the next day, \"00:00-02:00\"",
        ),
        (
            "hours = { mon = [\"09:00-12:00\", \"11:00-13:00\"] }",
            "30:33: offer.c-medicare.hours.mon[2]: the interval overlaps an earlier one of the day; join them into one",
        ),
        (
            "hours = { mon = [\"9-17\"] }",
            "30:18: offer.c-medicare.hours.mon[1]: this is no interval; write hours and minutes of both ends, ex: \"09:00-17:00\"",
        ),
        (
            "hours = { mon = [\"09:00-24:01\"] }",
            "30:18: offer.c-medicare.hours.mon[1]: this is no interval; write hours and minutes of both ends, ex: \"09:00-17:00\"",
        ),
        (
            "hours = { zone = \"America/Miami\", mon = [] }",
            "30:18: offer.c-medicare.hours.zone: there is no such time zone; write a name of the IANA list, ex: \"America/New_York\"",
        ),
        (
            "hours = { closed = [2026-12-25] }",
            "30:9: offer.c-medicare.hours: these hours never open; name a day, ex: mon = [\"09:00-17:00\"], or leave the hours out to buy always",
        ),
        (
            "hours = { mon = [\"09:00-17:00\"], closed = [\"2026-02-30\"] }",
            "30:44: offer.c-medicare.hours.closed[1]: this is no date; write year, month and day, ex: 2026-12-25",
        ),
        (
            "hours = { mon = [\"09:00-17:00\"], closures = [{ from = 2026-01-02T00:00:00Z, to = 2026-01-01T00:00:00Z }] }",
            "30:82: offer.c-medicare.hours.closures[1].to: the closure ends before it begins; write the later time under `to`",
        ),
        (
            "caps = [{ counts = \"answered\", period = \"day\", max = 0 }]",
            "30:54: offer.c-medicare.caps[1].max: a cap of 0 buys nothing; give it at least 1, or set active = false on the offers",
        ),
        (
            "caps = [{ counts = \"answered\", period = \"hour\", max = 20 }, { counts = \"answered\", period = \"day\", max = 10 }]",
            "30:106: offer.c-medicare.caps[2].max: the cap of the day is less than the cap of the hour, which then means nothing; raise the cap of the day, or lower or remove the cap of the hour",
        ),
        (
            "caps = [{ counts = \"answered\", max = 1 }]",
            "30:9: offer.c-medicare.caps[1].period: `period` is missing; say its period: \"hour\", \"day\", \"week\", \"month\" or \"total\"",
        ),
        (
            "concurrency = 0",
            "30:15: offer.c-medicare.concurrency: no call at all may be taken; leave it out, or set active = false on the offers",
        ),
    ]);
}

#[test]
fn fields_that_scripts_ask() {
    offer(&[
        (
            "required = [\"zipp\"]",
            "30:13: offer.c-medicare.required[1]: no script of this vertical asks `zipp` for bidders; did you mean `zip`?",
        ),
        (
            "required = [\"income\"]",
            "30:13: offer.c-medicare.required[1]: no script of this vertical asks `income` for bidders; add a question for it to the campaign, or remove it here",
        ),
        (
            "required = [\"first_name\"]",
            "30:13: offer.c-medicare.required[1]: `first_name` may only be used in the post; remove it here; bidders never see it",
        ),
        (
            "filters = { age = { between = [60, 80] } }",
            "30:13: offer.c-medicare.filters.age: no script of this vertical asks `age` for bidders; add a question for it to the campaign, or remove it here",
        ),
        (
            "whisper = \"Call from {first_name}\"",
            "30:11: offer.c-medicare.whisper: `first_name` may only be used in the post; remove it here; bidders never see it",
        ),
        (
            "whisper = \"Call from {phone}\"",
            "30:11: offer.c-medicare.whisper: `phone` may only be used in the post; remove it here; bidders never see it",
        ),
        (
            "whisper = \"Call from {stat}\"",
            "30:11: offer.c-medicare.whisper: no script of this vertical asks `stat` for bidders; did you mean `state`?",
        ),
        (
            "whisper = \"Call from {state\"",
            "30:11: offer.c-medicare.whisper: the braces do not match; write each field as {name}, ex: \"Medicare call from {state}\"",
        ),
        (
            "filters = { state = { in = [\"Florida\"] } }",
            "30:29: offer.c-medicare.filters.state.in[1]: no answer of this field is like this, so it can never match; the field holds a state by its two letters, ex: \"FL\"",
        ),
        (
            "filters = { zip = { in = [\"33100\"] } }",
            "30:27: offer.c-medicare.filters.zip.in[1]: no answer of this field is like this, so it can never match; the field holds a zip of five digits that exists, ex: \"33109\"",
        ),
        (
            "filters = { home = { in = [\"lodger\"] } }",
            "30:28: offer.c-medicare.filters.home.in[1]: no answer of this field is like this, so it can never match; the field holds one of owner, renter",
        ),
        (
            "filters = { home = { in = [\"owner\"], not_in = [\"Owner\"] } }",
            "30:27: offer.c-medicare.filters.home.in: the tests of this filter exclude each other, so it can never match; leave a value that passes all of them",
        ),
        (
            "filters = { zip = { between = [1, 5] } }",
            "30:31: offer.c-medicare.filters.zip.between: no answer of `zip` is in this range; the field holds a zip of five digits that exists, ex: \"33109\"",
        ),
        (
            "filters = { zip = { between = [5, 1] } }",
            "30:31: offer.c-medicare.filters.zip.between: the range is inverted, so the filter can never match; write the least first",
        ),
        (
            "filters = { zip = { in = [] } }",
            "30:26: offer.c-medicare.filters.zip.in: the list is empty; name at least one value, or remove the filter",
        ),
        (
            "filters = { zip = {} }",
            "30:13: offer.c-medicare.filters.zip: the filter says nothing; write `in`, `not_in`, `between` or `starts_with`",
        ),
    ]);
}

#[test]
fn requests_in_a_shape_of_their_own() {
    offer(&[
        (
            "ping = { as = \"jsn\", fields = { a = \"1\" } }",
            "30:15: offer.c-medicare.ping.as: there is no such choice; did you mean \"json\"?",
        ),
        (
            "ping = { as = \"form\" }",
            "30:8: offer.c-medicare.ping.fields: `fields` is missing; name what the request holds, ex: fields = { zip = \"{zip}\" }",
        ),
        (
            "ping = { root = \"r\", fields = { a = \"1\" } }",
            "30:17: offer.c-medicare.ping.root: only XML has a root; remove it, or write as = \"xml\"",
        ),
        (
            "ping = { fields = { a = \"{zip\" } }",
            "30:25: offer.c-medicare.ping.fields.a: the braces do not match, or are more than 3; see \"A request\" in docs/reference/settings.md",
        ),
        (
            "ping = { fields = { name = \"{first_name}\" } }",
            "30:21: offer.c-medicare.ping.fields.name: `first_name` may only be used in the post; remove it here; bidders never see it",
        ),
        (
            "ping = { fields = { phone = \"{phone}\" } }",
            "30:8: offer.c-medicare.ping: `{phone}` may only be used in the post; remove it, or set phone_in_ping = true if this buyer must know the number",
        ),
        (
            "ping = { as = \"query\", fields = { p = \"{phone}\" } }\nphone_in_ping = true",
            "30:39: offer.c-medicare.ping.fields.p: a number never stands in a URL; write the ping as a form, JSON or XML; see \"A request\" in docs/reference/settings.md",
        ),
        (
            "post = { as = \"query\", fields = { p = \"{zip}\" } }",
            "30:15: offer.c-medicare.post.as: a lead never stands in a URL; write the post as a form, JSON or XML; see \"A request\" in docs/reference/settings.md",
        ),
        (
            "post = { fields = { p = \"{frist_name}\" } }",
            "30:21: offer.c-medicare.post.fields.p: no script of this vertical asks `frist_name`; did you mean `first_name`?",
        ),
    ]);
}

#[test]
fn urls_headers_and_secrets() {
    offer(&[
        (
            "confirm_url = \"http://c.example/\"",
            "30:15: offer.c-medicare.confirm_url: only https URLs are allowed; use the buyer's public https URL; for development, turn exchange.allow_private_targets on",
        ),
        (
            "confirm_url = \"https://127.0.0.1/\"",
            "30:15: offer.c-medicare.confirm_url: the host is a loopback address, which may not be connected to; use the buyer's public https URL; for development, turn exchange.allow_private_targets on",
        ),
        (
            "confirm_url = \"https://u:hunter2@c.example/\"",
            "30:15: offer.c-medicare.confirm_url: a URL may not hold a user name or password; use the offer's authentication instead; write it without them",
        ),
        (
            "auth = { bearer = \"env:NOT_SET\" }",
            "30:19: offer.c-medicare.auth.bearer: the variable NOT_SET is not set; set NOT_SET in the server's environment",
        ),
        (
            "auth = { bearer = \"env:not-set\" }",
            "30:19: offer.c-medicare.auth.bearer: this names no variable of the environment; write capital letters, digits and _ after env:, ex: \"env:BUYER_C_TOKEN\"",
        ),
        (
            "auth = { header = \"X-Key\" }",
            "30:8: offer.c-medicare.auth: the authentication is neither a bearer token nor a header with its key; write { bearer = \"env:NAME\" }, or { header = \"X-Api-Key\", key = \"env:NAME\" }",
        ),
        (
            "headers = { Host = \"c.example\" }",
            "30:13: offer.c-medicare.headers.Host: the server writes this header itself; remove it",
        ),
        (
            "headers = { \"webhook-id\" = \"1\" }",
            "30:13: offer.c-medicare.headers.webhook-id: the server writes this header itself; remove it",
        ),
        (
            "headers = { X-A = \"a\\nb\" }",
            "30:19: offer.c-medicare.headers.X-A: no header can hold this value; write visible ASCII characters in one line",
        ),
        (
            "signing_secrets = [\"env:SET\"]",
            "30:20: offer.c-medicare.signing_secrets[1]: this is no signing secret; write whsec_ and 24 to 64 bytes in base64, as Standard Webhooks asks",
        ),
        (
            "wire = { json = { bid = \"price\" } }",
            "30:25: offer.c-medicare.wire.json.bid: this is no path into a reply; write a JSONPath from the root, ex: \"$.response.price\"",
        ),
        (
            "wire = { xml = { accepted = \"/r/ok\" } }",
            "30:16: offer.c-medicare.wire.xml.bid: `bid` is missing; say where a reply has its price; without it nothing is ever a bid",
        ),
        (
            "wire = { json = { bid = \"$.a[\" } }",
            "30:25: offer.c-medicare.wire.json.bid: this is no JSONPath, ex: $.response.price; write it as docs/reference/settings.md says",
        ),
        (
            "wire = \"ringbaa\"",
            "30:8: offer.c-medicare.wire: there is no such choice; did you mean \"ringba\"?",
        ),
        (
            "allowed = { sip_domains = [\"pbx.example:5060\"] }",
            "30:28: offer.c-medicare.allowed.sip_domains[1]: this is no SIP domain; write a host, ex: \"pbx.example\" or \"*.pbx.example\"",
        ),
    ]);
}
