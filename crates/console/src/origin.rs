//! `Origin`: how browsers reach the console, and what follows for its cookie.

use url::{Host, Url};

/// How browsers reach the console: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    secure: bool,
}

/// Why a URL is none that people may log in on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It is no URL of a host alone.
    #[error("write scheme, host and port alone, ex: \"https://console.example.com\"")]
    NotAnOrigin,
    /// Passwords would cross a network in the clear.
    #[error("use https; plain http is for this machine alone, ex: \"http://127.0.0.1:8081\"")]
    Insecure,
}

impl Origin {
    /// Reads a URL. Plain http only leads to this machine: a password crosses no network in the clear.
    ///
    /// # Errors
    /// When it is none, or not safe.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text.trim_end_matches('/')).map_err(|_| OriginError::NotAnOrigin)?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let loopback = match url.host() {
            Some(Host::Ipv4(v4)) => v4.is_loopback(),
            Some(Host::Ipv6(v6)) => v6.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(OriginError::NotAnOrigin),
        };
        match url.scheme() {
            _ if !bare => Err(OriginError::NotAnOrigin),
            "https" => Ok(Self { text: url.origin().ascii_serialization(), secure: true }),
            "http" if loopback => Ok(Self { text: url.origin().ascii_serialization(), secure: false }),
            "http" => Err(OriginError::Insecure),
            _ => Err(OriginError::NotAnOrigin),
        }
    }

    /// As a browser writes it in `Origin`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is https.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name of the session's cookie. A browser keeps `__Host-` only with `Secure`, which plain http on this machine
    /// cannot have.
    pub const fn cookie(&self) -> &'static str {
        if self.secure { "__Host-pingpost" } else { "pingpost-loopback" }
    }

    /// The cookie that keeps a session's secret, or with an empty one forgets it.
    pub fn set_cookie(&self, secret: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let age = if secret.is_empty() { "; Max-Age=0" } else { "" };
        format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.cookie())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_crosses_no_network_in_the_clear() {
        let text = |it: &str| Origin::parse(it).map(|origin| origin.text().to_owned());
        assert_eq!(text("https://console.example.com/"), Ok("https://console.example.com".to_owned()));
        assert_eq!(text("http://127.0.0.1:8081"), Ok("http://127.0.0.1:8081".to_owned()));
        assert_eq!(text("http://[::1]:8081"), Ok("http://[::1]:8081".to_owned()));
        assert_eq!(text("http://10.0.0.5:8081"), Err(OriginError::Insecure));
        for odd in [
            "https://a.example/x",
            "https://u:p@a.example",
            "ftp://a.example",
            "a.example",
            "https://a.example?b",
        ] {
            assert_eq!(text(odd), Err(OriginError::NotAnOrigin), "{odd}");
        }
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_other_sites_and_other_hosts() {
        let safe = Origin::parse("https://console.example.com").unwrap();
        assert_eq!(safe.set_cookie("s"), "__Host-pingpost=s; Path=/; HttpOnly; SameSite=Lax; Secure");
        let here = Origin::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(here.set_cookie(""), "pingpost-loopback=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
