//! The carrier's REST side of a load: live calls are moved, and what is asked of them is answered.

use super::desk::Desk;
use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{io, sync::Arc};
use tokio::{net::TcpListener, task::JoinSet};

const BODY_MAX: usize = 1 << 16;

/// Serves it.
pub(super) async fn serve(listener: TcpListener, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        let _ = socket.set_nodelay(true);
        let desk = desk.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(desk.clone(), request));
            // A connection that its client closes is over.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(desk: Arc<Desk>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(Body::new(body), BODY_MAX).await.map_err(io::Error::other)?;
    let sid = head.uri.path().rsplit('/').next().and_then(|last| last.strip_suffix(".json"));
    let (status, text) = match sid {
        // Nobody talks for so long that a list of who does would name anybody.
        Some("Calls") => (StatusCode::OK, r#"{"calls":[],"next_page_uri":null}"#.to_owned()),
        Some(sid) => match desk.by_sid(sid) {
            Some(call) => {
                let url = url::form_urlencoded::parse(&body).find(|(name, _)| name == "Url");
                if let Some((_, url)) = url.filter(|_| head.method == Method::POST) {
                    // A call that is over hears nothing any more.
                    let _ = call.orders.send(url.into_owned());
                }
                (StatusCode::OK, shown(sid, "in-progress", &call.from))
            }
            None if head.method == Method::POST => (
                StatusCode::BAD_REQUEST,
                r#"{"code":21220,"message":"Call is not in-progress. Cannot redirect."}"#.to_owned(),
            ),
            None => (StatusCode::OK, shown(sid, "completed", "")),
        },
        None => (StatusCode::NOT_FOUND, r#"{"code":20404,"message":"not found"}"#.to_owned()),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Ok(response)
}

fn shown(sid: &str, status: &str, from: &str) -> String {
    format!(
        r#"{{"sid":"{sid}","api_version":"2010-04-01","parent_call_sid":null,"from":"{from}","direction":"inbound","status":"{status}","start_time":null,"end_time":null,"duration":null,"price":null,"price_unit":"USD"}}"#
    )
}
