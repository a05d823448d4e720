//! The REST API under `/v1`. Each file holds the routes of one kind of thing, described for OpenAPI where they are written.

mod auctions;
mod body;
mod callbacks;
mod calls;
mod entries;
mod health;
mod home;
pub(crate) mod keyed;
mod live;
mod me;
mod money;
mod paging;
mod posts;
mod publisher_keys;
pub(crate) mod rate;
pub(crate) mod refusals;
mod reports;
mod settings;
mod shapes;
mod simulated;
mod standing;
mod suppressions;
mod test_calls;
mod tokens;
mod tries;
mod trunks;
mod users;
mod webhooks;

use axum::{Json, extract::State};
use http::StatusCode;
use std::sync::Arc;
use utoipa::{
    OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::routes;

use crate::{
    Console, Needs,
    Permission::{
        ManagePosts, ReadAudit, ReadCalls, ReadMoney, ReadSecrets, ReadSettings, ReadSuppressions,
        ReadTokens, ReadUsers, WriteCallbacks, WriteMoney, WriteSettings, WriteSuppressions, WriteTokens,
        WriteUsers,
    },
    problem::{FieldProblem, ProblemBody},
    routes::Routes,
};

/// What the API says of itself before its routes are added.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "pingpost",
        description = "Everything that the console can do, for programs. Amounts are decimal strings, times RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody, FieldProblem)),
    security(("token" = [])),
)]
struct Described;

pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let mut described = Described::openapi();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = described.components.get_or_insert_with(Default::default);
    components.add_security_scheme("token", scheme);
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("publisher_key", scheme);
    described
}

/// The six routes of each kind of entry.
macro_rules! entries {
    ($routes:ident, $($kind:ident),*) => {{
        $(let $routes = $routes
            .api(Needs::May(ReadSettings), routes!(entries::$kind::list))
            .api(Needs::May(WriteSettings), routes!(entries::$kind::add))
            .api(Needs::May(ReadSettings), routes!(entries::$kind::one))
            .api(Needs::May(WriteSettings), routes!(entries::$kind::replace))
            .api(Needs::May(WriteSettings), routes!(entries::$kind::change))
            .api(Needs::May(WriteSettings), routes!(entries::$kind::remove));)*
        $routes
    }};
}

/// What publishers come in with, and who is not to be called.
fn leads(routes: Routes) -> Routes {
    let may = Needs::May;
    routes
        .api(may(ReadSettings), routes!(publisher_keys::list))
        .api(may(WriteSettings), routes!(publisher_keys::add))
        .api(may(WriteSettings), routes!(publisher_keys::revoke))
        .api(may(ReadCalls), routes!(callbacks::list))
        .api(may(WriteCallbacks), routes!(callbacks::cancel))
        .api(may(ReadSuppressions), routes!(suppressions::list))
        .api(may(WriteSuppressions), routes!(suppressions::add))
        .api(may(WriteSuppressions), routes!(suppressions::remove))
        .api(may(WriteSuppressions), routes!(suppressions::import))
        .api(may(ReadSuppressions), routes!(suppressions::check))
}

pub(crate) fn routes(routes: Routes) -> Routes {
    let may = Needs::May;
    let routes = routes
        .api(Needs::Somebody, routes!(me::me))
        .api(may(ReadCalls), routes!(home::home))
        .api(may(ReadSettings), routes!(health::health))
        .api(may(ReadSettings), routes!(trunks::list))
        .api(may(ReadCalls), routes!(live::list))
        .api(may(ReadCalls), routes!(live::stream))
        .api(may(ReadCalls), routes!(auctions::list))
        .api(may(ReadCalls), routes!(auctions::one))
        .api(may(ReadCalls), routes!(posts::list))
        .api(may(ReadCalls), routes!(posts::one))
        .api(may(ManagePosts), routes!(posts::resend_one))
        .api(may(ManagePosts), routes!(posts::resend))
        .api(may(ReadMoney), routes!(reports::report))
        .api(may(ReadMoney), routes!(reports::market))
        .api(may(ReadMoney), routes!(money::statement))
        .api(may(ReadMoney), routes!(money::sales))
        .api(may(ReadMoney), routes!(money::sale))
        .api(may(WriteMoney), routes!(money::correct))
        .api(may(ReadUsers), routes!(users::list))
        .api(may(WriteUsers), routes!(users::add))
        .api(may(ReadUsers), routes!(users::one))
        .api(may(WriteUsers), routes!(users::change))
        .api(may(WriteUsers), routes!(users::link))
        .api(may(ReadUsers), routes!(users::sessions))
        .api(may(WriteUsers), routes!(users::end_session))
        .api(may(ReadTokens), routes!(tokens::list))
        .api(may(WriteTokens), routes!(tokens::add))
        .api(may(WriteTokens), routes!(tokens::revoke))
        .api(may(ReadAudit), routes!(tokens::audit))
        .api(may(ReadCalls), routes!(calls::list))
        .api(may(ReadCalls), routes!(calls::search))
        .api(may(ReadCalls), routes!(calls::one))
        .api(may(ReadSettings), routes!(settings::general))
        .api(may(WriteSettings), routes!(settings::change))
        .api(may(WriteSettings), routes!(settings::import))
        .api(Needs::Proven(ReadSecrets), routes!(settings::export))
        .api(may(ReadSettings), routes!(settings::versions))
        .api(may(ReadSettings), routes!(settings::numbers))
        .api(may(ReadSettings), routes!(settings::numbers_of))
        .api(may(WriteSettings), routes!(settings::set_numbers))
        .api(may(ReadSettings), routes!(standing::offer_usage))
        .api(may(ReadSettings), routes!(standing::buyer_usage))
        .api(may(ReadCalls), routes!(standing::health))
        .api(may(WriteSettings), routes!(standing::preview))
        .api(may(ReadSettings), routes!(webhooks::list))
        .api(may(WriteSettings), routes!(webhooks::add))
        .api(may(ReadSettings), routes!(webhooks::one))
        .api(may(WriteSettings), routes!(webhooks::change))
        .api(may(WriteSettings), routes!(webhooks::remove))
        .api(may(WriteSettings), routes!(webhooks::rotate))
        .api(may(ReadSettings), routes!(webhooks::deliveries))
        .api(may(WriteSettings), routes!(webhooks::resend))
        .api(may(WriteSettings), routes!(tries::ping))
        .api(may(WriteSettings), routes!(tries::sample))
        .api(may(WriteSettings), routes!(simulated::place))
        .api(may(ReadSettings), routes!(test_calls::list))
        .api(may(WriteSettings), routes!(test_calls::ask));
    let routes = crate::intake::described(leads(entries!(routes, buyers, offers, campaigns, publishers)));
    let document =
        serde_json::to_value(routes.openapi()).map(Arc::new).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR);
    let openapi = move |State(_): State<Arc<Console>>| {
        let document = document.clone();
        async move { document.map(|document| Json((*document).clone())) }
    };
    routes.get(Needs::Nobody, "/v1/openapi.json", openapi)
}
