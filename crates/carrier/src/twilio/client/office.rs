//! What is asked outside of calls: our numbers and their URLs, and recordings.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use journey::LegId;
use lead::E164;
use reqwest::{Method, Url};

use super::{FetchError, TwilioClient, resource, send};
use crate::twilio::Hook;

/// A list of the account is read in so many pages of 1000.
const PAGES_MAX: usize = 20;
/// A recording longer than this is not fetched: about four hours of two-channel MP3.
const RECORDING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Fetching a recording takes no longer.
const RECORDING_MAX: Duration = Duration::from_secs(120);

/// A number of ours and where its calls go (twilio.com/docs/phone-numbers/api/incomingphonenumber-resource).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    /// The number.
    pub number: E164,
    /// What is asked when a call comes.
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_method: Option<String>,
    /// What is asked when the voice URL fails.
    pub voice_fallback_url: Option<String>,
    /// What is told when a call ends.
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    pub status_callback_method: Option<String>,
}

/// A setting of a number that is not what our webhooks need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The setting, as the API names it.
    pub setting: &'static str,
    /// What is needed.
    pub needed: String,
    /// What is set.
    pub found: Option<String>,
}

/// As what a recording is fetched (twilio.com/docs/voice/api/recording#fetch-recording-media).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingSound {
    /// Small.
    Mp3,
    /// As it was recorded.
    Wav,
}

impl OwnNumber {
    /// What must be mended before its calls come here and are signed for the public base URL. Connection overrides are
    /// not compared, and the fallback URL may be another host's, which is best.
    pub fn mistakes(&self, public_base: &str) -> Vec<Mistake> {
        let bare = |url: &str| url.split('#').next().unwrap_or("").to_owned();
        let url = |setting, hook: Hook, found: &Option<String>| {
            let needed = hook.url(public_base);
            let fits = found.as_deref().map(bare) == Some(bare(&needed));
            (!fits).then(|| Mistake { setting, needed, found: found.clone() })
        };
        let post = |setting, found: &Option<String>| {
            let fits = found.as_deref().is_none_or(|method| method == "POST");
            (!fits).then(|| Mistake { setting, needed: "POST".to_owned(), found: found.clone() })
        };
        let fallback = match self.voice_fallback_url {
            Some(_) => None,
            None => url("VoiceFallbackUrl", Hook::Fallback, &None),
        };
        let voice = url("VoiceUrl", Hook::Voice, &self.voice_url);
        let status = url("StatusCallback", Hook::Call, &self.status_callback);
        let methods = [
            post("VoiceMethod", &self.voice_method),
            post("StatusCallbackMethod", &self.status_callback_method),
        ];
        [voice, fallback, status].into_iter().chain(methods).flatten().collect()
    }
}

impl TwilioClient {
    /// The account's numbers: a check at start compares their URLs with our own.
    ///
    /// # Errors
    /// When Twilio could not be asked, or its answer was not understood.
    pub async fn numbers(&self) -> Result<Vec<OwnNumber>, FetchError> {
        let mut url = self.resource(&["IncomingPhoneNumbers.json"]);
        url.query_pairs_mut().append_pair("PageSize", "1000");
        self.pages(url, resource::numbers).await
    }

    /// The legs that are answered and have not ended, of the whole account.
    ///
    /// # Errors
    /// When Twilio could not be asked, its answer was not understood, or there are too many.
    pub async fn live_legs(&self) -> Result<BTreeSet<LegId>, FetchError> {
        let mut url = self.resource(&["Calls.json"]);
        url.query_pairs_mut().append_pair("Status", "in-progress").append_pair("PageSize", "1000");
        let legs = self.pages(url, resource::legs_page).await?;
        Ok(legs.into_iter().map(|leg| leg.id).collect())
    }

    /// All of a list, page by page. A page that names the next one elsewhere is not followed.
    async fn pages<T>(
        &self,
        first: Url,
        read: impl Fn(&[u8]) -> Option<(Vec<T>, Option<String>)>,
    ) -> Result<Vec<T>, FetchError> {
        let (mut url, mut all) = (first, Vec::new());
        for _ in 0..PAGES_MAX {
            let (page, next) = read(&self.fetch(&url).await?).ok_or(FetchError::Unreadable)?;
            all.extend(page);
            let Some(next) = next else { return Ok(all) };
            url = self.base.join(&next).map_err(|_| FetchError::Unreadable)?;
            if url.origin() != self.base.origin() {
                return Err(FetchError::Unreadable);
            }
        }
        Err(FetchError::TooLong)
    }

    /// Records a live leg from now on, both sides apart, until it ends
    /// (twilio.com/docs/voice/api/recording#start-a-recording-on-a-live-call). Gives the recording's reference. It is asked
    /// once more only if it was certainly not begun.
    ///
    /// # Errors
    /// When Twilio could not be asked, refused, or its answer was not understood: it may be recording then.
    pub async fn record(&self, leg: &LegId, status_callback: &str) -> Result<String, FetchError> {
        let url = self.resource(&["Calls", &leg.0, "Recordings.json"]);
        let form = [
            ("RecordingChannels", "dual"),
            ("RecordingStatusCallback", status_callback),
            ("RecordingStatusCallbackMethod", "POST"),
            ("RecordingStatusCallbackEvent", "completed"),
        ];
        let asked = self.send(|| self.request(Method::POST, &url).form(&form), send::Repeat::Unsent).await?;
        if !asked.is_success() {
            return Err(FetchError::Refused { status: asked.status, code: asked.code() });
        }
        resource::recording(&asked.body).ok_or(FetchError::Unreadable)
    }

    /// Deletes a recording. One that is not there is deleted.
    ///
    /// # Errors
    /// When Twilio could not be asked, or refused.
    pub async fn delete_recording(&self, reference: &str) -> Result<(), FetchError> {
        let url = self.resource(&["Recordings", &format!("{reference}.json")]);
        let answer = self.send(|| self.request(Method::DELETE, &url), send::Repeat::Always).await?;
        match answer.status {
            200..=299 | 404 => Ok(()),
            status => Err(FetchError::Refused { status, code: answer.code() }),
        }
    }

    /// Deletes whatever was recorded of a leg, for which it is listed first
    /// (twilio.com/docs/voice/api/recording#fetch-a-calls-recordings). A leg that is not there has none.
    ///
    /// # Errors
    /// When Twilio could not be asked, refused, or its answer was not understood; some may be deleted then.
    pub async fn delete_recordings_of(&self, leg: &LegId) -> Result<(), FetchError> {
        let url = self.resource(&["Calls", &leg.0, "Recordings.json"]);
        let recordings = match self.pages(url, resource::recordings).await {
            Err(FetchError::Refused { status: 404, .. }) => return Ok(()),
            recordings => recordings?,
        };
        for reference in recordings {
            self.delete_recording(&reference).await?;
        }
        Ok(())
    }

    /// The sound of a recording.
    ///
    /// # Errors
    /// When Twilio could not be asked, or the recording is too long.
    pub async fn recording(&self, reference: &str, sound: RecordingSound) -> Result<Bytes, FetchError> {
        let ending = match sound {
            RecordingSound::Mp3 => "mp3",
            RecordingSound::Wav => "wav",
        };
        let url = self.resource(&["Recordings", &format!("{reference}.{ending}")]);
        let request = self.signed(self.media.request(Method::GET, url));
        let fetching = async {
            let response = request.send().await.map_err(|why| FetchError::Unreachable(why.without_url()))?;
            let status = response.status().as_u16();
            if !response.status().is_success() {
                return Err(FetchError::Refused { status, code: u32::from(status) });
            }
            send::body(response, RECORDING_BYTES_MAX).await
        };
        tokio::time::timeout(RECORDING_MAX, fetching).await.map_err(|_| FetchError::TimedOut)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_points_elsewhere_is_told() {
        let base = "https://calls.example.com";
        let right = OwnNumber {
            number: E164::parse("+18005550100").unwrap(),
            voice_url: Some(format!("{base}/twilio/voice")),
            voice_method: Some("POST".to_owned()),
            voice_fallback_url: Some("https://static.example.net/sorry.xml".to_owned()),
            status_callback: Some(Hook::Call.url(base)),
            status_callback_method: None,
        };
        assert_eq!(right.mistakes(base), []);
        let settings = |number: &OwnNumber, base| {
            number.mistakes(base).into_iter().map(|m| m.setting).collect::<Vec<_>>()
        };
        assert_eq!(settings(&right, "https://other.example.com"), ["VoiceUrl", "StatusCallback"]);
        let wrong = OwnNumber {
            voice_url: None,
            voice_fallback_url: None,
            voice_method: Some("GET".to_owned()),
            ..right
        };
        assert_eq!(settings(&wrong, base), ["VoiceUrl", "VoiceFallbackUrl", "VoiceMethod"]);
    }
}
