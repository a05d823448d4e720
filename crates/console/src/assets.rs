//! What pages load: one style sheet, one script of ours, and htmx, all inside the binary.

use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::{Needs, path::Path, problem::Problem, routes::Routes};

/// One file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const ASSETS: [Asset; 8] = [
    Asset {
        name: "console.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/console.css"),
    },
    Asset {
        name: "console.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/console.js"),
    },
    Asset {
        name: "reference.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/reference.js"),
    },
    Asset {
        name: "widget.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/widget.js"),
    },
    Asset {
        name: "widget-builder.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/widget-builder.js"),
    },
    Asset {
        name: "live.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/live.js"),
    },
    Asset {
        name: "htmx.min.js",
        kind: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/vendor/htmx.min.js"),
    },
    Asset { name: "icon.svg", kind: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") },
];

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::Nobody, "/assets/{mark}/{name}", asset)
}

/// The address of an asset. It holds a mark of the content, so that a browser may keep it for ever.
pub(crate) fn url(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name).expect("an asset of ours");
    format!("/assets/{}/{name}", mark(asset.bytes))
}

fn mark(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..9])
}

async fn asset(Path((given, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name && mark(asset.bytes) == given) else {
        return Problem::not_found().into_response();
    };
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let kind = HeaderValue::from_static(asset.kind);
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, for_ever)], asset.bytes).into_response()
}
