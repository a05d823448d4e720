//! A trace of system calls, read: whether what a webhook's answer promises was on the disk before the answer left.
//!
//! The lines are `strace -f -y`'s, in the order in which it stopped the threads. A call that another thread's line came
//! between has two: where it began and where it ended.

use std::collections::BTreeMap;

/// One request of the carrier, and what was synced before its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its request line's target.
    pub target: String,
    /// Its form, as it came.
    pub form: String,
    /// The status of the answer.
    pub status: u16,
    /// Whether the database's log was written and then synced between the request's arrival and the answer's first byte.
    pub synced: bool,
}

/// Reads the requests and their answers out of a trace.
pub fn answers(trace: &str) -> Vec<Answered> {
    let mut reading = Reading::default();
    for line in trace.lines() {
        reading.line(line);
    }
    reading.answered
}

/// A call that has begun: its name, the file or socket that it is of, and the rest of its arguments.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    of: String,
    rest: String,
    began: usize,
}

#[derive(Debug, Default)]
struct Open {
    text: String,
    /// When its last piece came.
    arrived: usize,
}

#[derive(Debug, Default)]
struct Reading {
    at: usize,
    begun: BTreeMap<String, Call>,
    open: BTreeMap<String, Open>,
    /// Writes of the log: when they began and ended.
    written: Vec<(usize, usize)>,
    /// Syncs of the log: when they began and ended.
    synced: Vec<(usize, usize)>,
    answered: Vec<Answered>,
}

impl Reading {
    fn line(&mut self, line: &str) {
        self.at += 1;
        let Some((thread, line)) = line.trim_start().split_once(' ') else { return };
        let line = line.trim_start();
        if let Some(resumed) = line.strip_prefix("<... ") {
            let Some(mut call) = self.begun.remove(thread) else { return };
            let rest = resumed.split_once(" resumed>").map_or("", |(_, rest)| rest);
            call.rest.push_str(rest);
            return self.ended(&call);
        }
        let Some((name, arguments)) = line.split_once('(') else { return };
        let (of, rest) = arguments.split_once('>').unwrap_or((arguments, ""));
        let call = Call { name: name.to_owned(), of: of.to_owned(), rest: rest.to_owned(), began: self.at };
        match call.rest.strip_suffix(" <unfinished ...>") {
            Some(rest) => {
                let rest = rest.to_owned();
                let call = Call { rest, ..call };
                self.answer_begins(&call);
                self.begun.insert(thread.to_owned(), call);
            }
            None => {
                self.answer_begins(&call);
                self.ended(&call);
            }
        }
    }

    fn ended(&mut self, call: &Call) {
        let done = call.rest.rsplit_once(" = ").is_some_and(|(_, result)| !result.starts_with('-'));
        if !done {
            return;
        }
        let is_log = call.of.ends_with(".db-wal");
        match call.name.as_str() {
            "pwrite64" if is_log => self.written.push((call.began, self.at)),
            "fdatasync" | "fsync" if is_log => self.synced.push((call.began, self.at)),
            "recvfrom" | "read" if call.of.contains("socket:") => {
                let Some(text) = quoted(&call.rest) else { return };
                let open = self.open.entry(call.of.clone()).or_default();
                open.arrived = self.at;
                open.text.push_str(&text);
            }
            _ => {}
        }
    }

    /// The first bytes of an answer are about to leave.
    fn answer_begins(&mut self, call: &Call) {
        if !matches!(call.name.as_str(), "write" | "writev" | "sendto" | "sendmsg") {
            return;
        }
        let Some(text) = quoted(&call.rest).filter(|text| text.starts_with("HTTP/1.1 ")) else { return };
        let Some(open) = self.open.remove(&call.of) else { return };
        let Some((head, form)) = open.text.split_once(r"\r\n\r\n") else { return };
        let Some(target) = head.split(' ').nth(1) else { return };
        let status = text.split(' ').nth(1).and_then(|status| status.get(..3)?.parse().ok()).unwrap_or(0);
        // Both lists are in the order of their ends: what ended before the request came is none of its.
        let since = |&&(_, ended): &&(usize, usize)| open.arrived < ended;
        let is_synced = |&(began, ended): &(usize, usize)| {
            let of_it = |&(from, to): &(usize, usize)| open.arrived < from && to < began;
            ended < self.at && self.written.iter().rev().take_while(since).any(of_it)
        };
        let synced = self.synced.iter().rev().take_while(since).any(is_synced);
        let (target, form) = (target.to_owned(), form.to_owned());
        self.answered.push(Answered { target, form, status, synced });
    }
}

/// The first text in quotes, without them; its escapes stay.
fn quoted(arguments: &str) -> Option<String> {
    let (_, behind) = arguments.split_once('"')?;
    let mut text = String::new();
    let mut escaped = false;
    for c in behind.chars() {
        match c {
            '"' if !escaped => return Some(text),
            c => {
                escaped = c == '\\' && !escaped;
                text.push(c);
            }
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two acceptances at once on two threads, recorded; the second is answered by the sync that the first began too late.
    const RECORDED: &str = r#"
11 recvfrom(20<socket:[900]>, "POST /twilio/j/leg/1 HTTP/1.1\r\nhost: a\r\n\r\nCallStatus=in-progress", 8192, 0, NULL, NULL) = 70
12 recvfrom(21<socket:[901]>, "POST /twilio/k/leg/1 HTTP/1.1\r\nhost: a\r\n\r\n", 8192, 0, NULL, NULL) = 48
12 recvfrom(21<socket:[901]>, 0x7f01, 8192, 0, NULL, NULL) = -1 EAGAIN (Resource temporarily unavailable)
13 pwrite64(9</tmp/a/pingpost.db-wal>, "\0\0\0\1\"x", 24, 32) = 24
13 fdatasync(9</tmp/a/pingpost.db-wal> <unfinished ...>
12 recvfrom(21<socket:[901]>, "CallStatus=in-progress", 8192, 0, NULL, NULL) = 22
13 <... fdatasync resumed>)               = 0
11 writev(20<socket:[900]>, [{iov_base="HTTP/1.1 204 No Content\r\n", iov_len=25}], 1) = 25
13 pwrite64(9</tmp/a/pingpost.db-wal>, "\0\0\0\2", 24, 64 <unfinished ...>
11 recvfrom(20<socket:[900]>, "GET /healthz HTTP/1.1\r\n\r\n", 8192, 0, NULL, NULL) = 25
13 <... pwrite64 resumed>)                = 24
13 fdatasync(9</tmp/a/pingpost.db-wal>)  = 0
12 sendto(21<socket:[901]>, "HTTP/1.1 204 No Content\r\n", 25, MSG_NOSIGNAL, NULL, 0 <unfinished ...>
11 writev(20<socket:[900]>, [{iov_base="HTTP/1.1 200 OK\r\n", iov_len=17}], 1) = 17
12 <... sendto resumed>)                  = 25
"#;

    fn synced(trace: &str) -> Vec<(String, u16, bool)> {
        answers(trace).into_iter().map(|it| (it.target, it.status, it.synced)).collect()
    }

    #[test]
    fn a_trace_with_every_sync_has_no_miss() {
        let expected =
            [("/twilio/j/leg/1", 204, true), ("/twilio/k/leg/1", 204, true), ("/healthz", 200, false)];
        assert_eq!(synced(RECORDED), expected.map(|(target, status, is)| (target.to_owned(), status, is)));
        assert!(answers(RECORDED)[1].form.contains("CallStatus=in-progress"));
    }

    #[test]
    fn a_sync_that_is_missing_fails_or_came_too_late_is_a_miss() {
        let second = "13 fdatasync(9</tmp/a/pingpost.db-wal>)  = 0\n";
        let missing = RECORDED.replace(second, "");
        assert!(!synced(&missing)[1].2, "a sync from before its own write is none");
        let failed = RECORDED
            .replace(second, "13 fdatasync(9</tmp/a/pingpost.db-wal>) = -1 EIO (Input/output error)\n");
        assert!(!synced(&failed)[1].2);
        let other = RECORDED.replace(second, "13 fdatasync(9</tmp/a/pingpost.db>)  = 0\n");
        assert!(!synced(&other)[1].2, "the file itself holds nothing yet");
        let late = missing + second;
        assert!(!synced(&late)[1].2);
        let under_way = RECORDED.replace("13 <... fdatasync resumed>)               = 0\n", "");
        assert!(!synced(&under_way)[0].2, "it has begun and not ended");
    }
}
