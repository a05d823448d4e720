//! Links to recordings that a post carries: each is good for one sale's recording and for nothing else.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use carrier::twilio::RecordingSound;
use hmac::{Hmac, KeyInit, Mac};
use lead::SaleId;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::io::AsyncReadExt;

use crate::{
    chain_of, chance,
    config::{Key32, StoreConfig},
    drive::look_again,
    switchboard::is_a_name_of_ours,
    world::World,
};

/// Signs links. Derived from the master key, so that a link outlives a restart; one that was signed under an earlier master
/// key opens as long as that one is configured.
#[derive(Clone)]
pub struct LinkKey {
    newest: [u8; 32],
    previous: Vec<[u8; 32]>,
}

/// What is read of a file at once.
const BLOCK_BYTES: usize = 64 * 1_024;
/// What makes this key differ from every other that is derived from the same master key.
const LABEL: &[u8] = b"pingpost/recording-links";

impl LinkKey {
    /// The key of a store's links.
    pub fn of(config: &StoreConfig) -> Self {
        let drawn = chance::key();
        let newest = config.master_key.as_ref().map_or(&drawn, Key32::expose);
        Self::under(newest, config.previous_master_keys.iter().map(Key32::expose))
    }

    fn under<'a>(newest: &[u8; 32], previous: impl Iterator<Item = &'a [u8; 32]>) -> Self {
        Self { newest: mac(newest, LABEL), previous: previous.map(|master| mac(master, LABEL)).collect() }
    }

    /// The link to a sale's recording.
    pub fn link(&self, public_base: &str, sale: SaleId) -> String {
        format!("{public_base}/recordings/{sale}/{}", hex(&mac(&self.newest, sale.to_string().as_bytes())))
    }

    fn fits(&self, sale: &str, given: &str) -> bool {
        let mut keys = std::iter::once(&self.newest).chain(&self.previous);
        keys.any(|key| hex(&mac(key, sale.as_bytes())).as_bytes().ct_eq(given.as_bytes()).into())
    }
}

fn mac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET /recordings/{sale}/{mac}`: the recording as MP3, fetched from the carrier; as WAV where this server made it. 404 for a link that is none of ours;
/// 410 once the person was erased, or its time is over;
/// 425 until the carrier has it.
pub async fn recording(
    State(world): State<Arc<World>>,
    Path((sale, mac)): Path<(String, String)>,
) -> Response {
    if !world.link_key.fits(&sale, &mac) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(sale) = sale.parse::<uuid::Uuid>().map(SaleId::from_uuid) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let journey = match world.store.sale_with_entries(sale).await {
        Ok(Some((sale, _))) => sale.journey,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = %chain_of(&error), sale.id = %sale, "a recording's call could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    // One that was erased is deleted at the carrier, whether or not it has been asked already.
    if world.store.facts(&[journey]).await.is_ok_and(|facts| facts.forgets) {
        return StatusCode::GONE.into_response();
    }
    let reference = look_again(&world, journey, |folded| folded.journey.recording().map(str::to_owned)).await;
    let Ok(Some(Some(reference))) = reference else { return StatusCode::TOO_EARLY.into_response() };
    // Its time is over.
    if world.store.is_retired(&reference).await.is_ok_and(|is_retired| is_retired) {
        return StatusCode::GONE.into_response();
    }
    if is_a_name_of_ours(&reference) {
        return ours(&world, sale, &reference).await;
    }
    let Some(twilio) = &world.twilio else { return StatusCode::BAD_GATEWAY.into_response() };
    match twilio.recording(&reference, RecordingSound::Mp3).await {
        Ok(sound) => {
            let headers = [(header::CONTENT_TYPE, "audio/mpeg"), (header::CACHE_CONTROL, "no-store")];
            (headers, sound).into_response()
        }
        Err(error) => {
            tracing::warn!(error = %chain_of(&error), sale.id = %sale, "a recording could not be fetched");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

/// One that was made by a node itself.
async fn ours(world: &World, sale: SaleId, reference: &str) -> Response {
    let recordings = world.switchboard.as_ref().and_then(|it| it.recordings());
    let Some(recordings) = recordings else { return StatusCode::NOT_FOUND.into_response() };
    match recordings.open(reference).await {
        Ok(file) => {
            let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "no-store")];
            let read = |mut file: tokio::fs::File| async move {
                let mut block = BytesMut::with_capacity(BLOCK_BYTES);
                let length = file.read_buf(&mut block).await?;
                Ok::<_, std::io::Error>((length > 0).then(|| (block.freeze(), file)))
            };
            (headers, Body::from_stream(futures_util::stream::try_unfold(file, read))).into_response()
        }
        Err(error) => {
            tracing::warn!(error = %chain_of(&error), sale.id = %sale, "a recording could not be read");
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &[u8]) -> LinkKey {
        let keys: Vec<_> = keys.iter().map(|key| [*key; 32]).collect();
        LinkKey::under(&keys[0], keys[1..].iter())
    }

    #[test]
    fn a_link_outlives_its_master_key_while_that_one_is_still_configured() {
        let sale = SaleId::from_uuid(uuid::Uuid::from_u128(7));
        let link = of(&[1]).link("https://calls.example.com", sale);
        let mac = link.rsplit_once('/').expect("a path").1;
        let opens = |keys: &[u8]| of(keys).fits(&sale.to_string(), mac);
        assert!(opens(&[1]) && opens(&[2, 1]) && opens(&[3, 2, 1]));
        assert!(!opens(&[2]) && !opens(&[3, 2]));
        assert!(!of(&[2, 1]).fits("another", mac));
        assert_ne!(of(&[2, 1]).link("https://calls.example.com", sale), link, "the newest key signs");
    }
}
