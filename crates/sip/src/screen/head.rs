//! The head of a message, as far as it can be read without believing any of it.

use crate::limits::HEADERS_MAX;

/// What stands in a message's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// A request's method. `None`: it is a response.
    pub(super) method: Option<&'a str>,
    pub(super) version_is_ours: bool,
    /// The Via lines, as they came.
    pub(super) vias: Vec<&'a str>,
    pub(super) from: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) call_id: Option<&'a str>,
    pub(super) cseq: Option<&'a str>,
    pub(super) max_forwards: Option<u32>,
    content_length: Option<Result<usize, ()>>,
    /// How often a header that may stand once does so at most.
    repeated: bool,
    /// Where the body begins. `None`: the head has no end.
    body_at: Option<usize>,
    lines: usize,
}

impl<'a> Head<'a> {
    /// Reads a head. `None`: its first line is none of SIP.
    pub(super) fn read(datagram: &'a [u8]) -> Option<Self> {
        let (text, body_at) = split(datagram);
        let mut lines = unfolded(text).peekable();
        // Line ends before a message are let be (RFC 3261, 7.5).
        while lines.next_if(|line| line.is_empty()).is_some() {}
        let (method, version_is_ours) = first_line(lines.next()?)?;
        let mut head = Self {
            method,
            version_is_ours,
            vias: vec![],
            from: None,
            to: None,
            call_id: None,
            cseq: None,
            max_forwards: None,
            content_length: None,
            repeated: false,
            body_at,
            lines: 0,
        };
        for line in lines {
            head.lines += 1;
            if head.lines > HEADERS_MAX {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                head.take(name.trim(), value.trim());
            }
        }
        Some(head)
    }

    fn take(&mut self, name: &str, value: &'a str) {
        let repeated = match &*name.to_ascii_lowercase() {
            "via" | "v" => {
                self.vias.push(value);
                false
            }
            "from" | "f" => self.from.replace(value).is_some(),
            "to" | "t" => self.to.replace(value).is_some(),
            "call-id" | "i" => self.call_id.replace(value).is_some(),
            "cseq" => self.cseq.replace(value).is_some(),
            "max-forwards" => self.max_forwards.replace(value.parse().unwrap_or(u32::MAX)).is_some(),
            "content-length" | "l" => self.content_length.replace(value.parse().map_err(drop)).is_some(),
            _ => false,
        };
        self.repeated |= repeated;
    }

    /// Whether it has what every message has, once, and its body is as long as it says.
    pub(super) fn is_sound(&self, datagram: &[u8]) -> bool {
        let length = |body_at: usize| datagram.len() - body_at;
        let body = match (self.body_at, self.content_length) {
            (None, _) | (_, Some(Err(()))) => false,
            (Some(at), Some(Ok(said))) => said <= length(at),
            (Some(_), None) => true,
        };
        let number = |cseq: &str, method: &str| {
            let mut parts = cseq.split_ascii_whitespace();
            let number = parts.next().and_then(|it| it.parse::<u32>().ok()).filter(|it| *it < 1 << 31);
            number.is_some() && parts.next() == Some(method) && parts.next().is_none()
        };
        let cseq = match (self.cseq, self.method) {
            (Some(cseq), Some(method)) => number(cseq, method),
            (cseq, _) => cseq.is_some(),
        };
        let once = !self.repeated && self.lines <= HEADERS_MAX;
        let there =
            self.from.is_some() && self.to.is_some() && self.call_id.is_some() && !self.vias.is_empty();
        body && cseq && once && there
    }

    /// Whether it belongs to a dialog that exists: the called side has its tag.
    pub(super) fn is_of_dialog(&self) -> bool {
        self.to.is_some_and(has_tag)
    }
}

/// The lines, each with those that go on with it: they begin with a space or a tab (RFC 3261, 7.3.1).
fn unfolded(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        let goes_on = |at: usize| all[at + 1..].starts_with([' ', '\t']);
        let end = all.match_indices('\n').map(|(at, _)| at).find(|at| *at == 0 || !goes_on(*at));
        rest = end.map(|at| &all[at + 1..]);
        let line = &all[..end.unwrap_or(all.len())];
        Some(line.strip_suffix('\r').unwrap_or(line))
    })
}

/// Whether a `To` has a tag, outside of its address.
pub(super) fn has_tag(to: &str) -> bool {
    let behind = to.rsplit_once('>').map_or(to, |(_, behind)| behind);
    behind
        .split(';')
        .skip(1)
        .any(|it| it.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("tag=")))
}

/// The head as text up to its end, and where the body begins.
fn split(datagram: &[u8]) -> (&str, Option<usize>) {
    let start = datagram.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let rest = &datagram[start..];
    let crlf = rest.windows(4).position(|it| it == b"\r\n\r\n").map(|at| (at, 4));
    let lf = rest.windows(2).position(|it| it == b"\n\n").map(|at| (at, 2));
    let end = [crlf, lf].into_iter().flatten().min();
    let head = &rest[..end.map_or(rest.len(), |(at, _)| at)];
    // What is no UTF-8 ends the head here; the rest of it is not repeated to anybody.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    (text, end.map(|(at, length)| start + at + length))
}

/// The method, or that it is a response; and whether the version is 2.0.
fn first_line(line: &str) -> Option<(Option<&str>, bool)> {
    let is_version = |it: &str| it.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("SIP/"));
    let ours = |it: &str| it.eq_ignore_ascii_case("SIP/2.0");
    let (first, rest) = line.split_once(' ')?;
    if is_version(first) {
        return Some((None, ours(first)));
    }
    let last = rest.trim_end().rsplit_once(' ').map_or(rest, |(_, last)| last).trim();
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    let method = !first.is_empty() && first.len() <= 32 && first.chars().all(token);
    (method && is_version(last)).then_some((Some(first), ours(last)))
}
