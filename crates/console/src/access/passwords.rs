//! Passwords: what is taken as one, how it is kept, and how it is compared in the same time whoever asks.

use std::{collections::BTreeSet, sync::LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// The fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The most characters of a password.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// The most passwords that are computed at once: each takes its memory.
pub const HASHING_MAX: usize = 2;
/// The memory of one, in KiB.
const MEMORY_KIB: u32 = 47_104;

/// The passwords that people choose most, of 8 characters or more, in lower case.
static COMMON: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Why a text is not taken as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It is too short.
    #[error("take at least {PASSWORD_CHARS_MIN} characters; three or four words are easy to keep in mind")]
    Short,
    /// It is too long.
    #[error("take at most {PASSWORD_CHARS_MAX} characters")]
    Long,
    /// Everybody tries it first.
    #[error(
        "it is among the passwords that are tried first; take three or four words that do not belong together"
    )]
    Common,
    /// It is one's own name or address.
    #[error("it is your own name or address; take three or four words that do not belong together")]
    Own,
}

/// Computes passwords' hashes, few at once.
pub struct Passwords {
    slots: Semaphore,
    /// What an unknown user's password is compared with, so that it takes as long.
    nobodys: SecretString,
}

impl Default for Passwords {
    fn default() -> Self {
        let drawn = drawn_salt().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let nobodys = hashed(&SecretString::from(drawn));
        Self { slots: Semaphore::new(HASHING_MAX), nobodys }
    }
}

impl Passwords {
    /// Whether a text is taken as a password. What is its person's own is not.
    ///
    /// # Errors
    /// Says what to take instead.
    pub fn check(password: &SecretString, own: &[&str]) -> Result<(), WeakPassword> {
        let text = password.expose_secret();
        let lower = text.to_lowercase();
        match text.chars().count() {
            ..PASSWORD_CHARS_MIN => return Err(WeakPassword::Short),
            PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX => {}
            _ => return Err(WeakPassword::Long),
        }
        if COMMON.contains(&*lower) || lower.chars().collect::<BTreeSet<_>>().len() < 3 {
            return Err(WeakPassword::Common);
        }
        if own.iter().any(|own| !own.is_empty() && own.to_lowercase() == lower) {
            return Err(WeakPassword::Own);
        }
        Ok(())
    }

    /// What is kept of a password.
    pub async fn hash(&self, password: SecretString) -> SecretString {
        let _slot = self.slots.acquire().await;
        tokio::task::spawn_blocking(move || hashed(&password)).await.expect("hashing does not panic")
    }

    /// Whether it is this password. `None`: there is nobody, which takes as long.
    pub async fn fits(&self, password: SecretString, kept: Option<&SecretString>) -> bool {
        let known = kept.is_some();
        let kept = kept.unwrap_or(&self.nobodys).clone();
        let _slot = self.slots.acquire().await;
        let compared = tokio::task::spawn_blocking(move || is(&password, &kept));
        compared.await.unwrap_or(false) && known
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 1, 1, None).expect("they are in argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn drawn_salt() -> [u8; 16] {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the operating system gives randomness");
    salt
}

fn hashed(password: &SecretString) -> SecretString {
    let hash = argon2().hash_password_with_salt(password.expose_secret().as_bytes(), &drawn_salt());
    SecretString::from(hash.expect("the lengths are in argon2's bounds").to_string())
}

fn is(password: &SecretString, kept: &SecretString) -> bool {
    argon2().verify_password(password.expose_secret().as_bytes(), kept.expose_secret()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), WeakPassword> {
        Passwords::check(&SecretString::from(text), &["ada@example.com", "Ada Lovelace"])
    }

    #[test]
    fn what_everybody_tries_first_is_not_taken() {
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("1234567"), Err(WeakPassword::Short));
        assert_eq!(check(&"a b".repeat(43)), Err(WeakPassword::Long));
        for common in ["Password1", "password", "qwertyuiop", "12345678", "aaaaaaaaaaaa", "ababababab"] {
            assert_eq!(check(common), Err(WeakPassword::Common), "{common}");
        }
        assert_eq!(check("ADA@example.com"), Err(WeakPassword::Own));
        assert_eq!(check("ada lovelace"), Err(WeakPassword::Own));
        assert!(COMMON.len() > 3_000);
    }

    #[tokio::test]
    async fn it_is_kept_as_argon2id_and_found_again() {
        let passwords = Passwords::default();
        let kept = passwords.hash(SecretString::from("correct horse battery")).await;
        assert!(kept.expose_secret().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
        assert!(passwords.fits(SecretString::from("correct horse battery"), Some(&kept)).await);
        assert!(!passwords.fits(SecretString::from("correct horse batterz"), Some(&kept)).await);
        assert!(!passwords.fits(SecretString::from("correct horse battery"), None).await);
    }
}
