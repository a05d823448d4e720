//! Every route in every role: what the table of permissions does not allow is refused, whatever is added to the console.

use console::{Entrance, Needs, Surface};
use reqwest::{Method, StatusCode};
use store::Role;

use crate::world::{Visitor, World};

/// A path with something in its parameters that nothing is kept under.
fn filled(entrance: &Entrance) -> String {
    let nothing = "00000000-0000-4000-8000-000000000000";
    entrance
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { nothing } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn allowed(entrance: &Entrance, role: Role) -> bool {
    match entrance.needs {
        Needs::Nobody | Needs::Somebody => true,
        Needs::May(permission) | Needs::Proven(permission) => permission.is_of(role),
    }
}

async fn status(visitor: &Visitor, entrance: &Entrance) -> StatusCode {
    let request = visitor.ask(entrance.method.clone(), &filled(entrance));
    request.send().await.expect("an answer").status()
}

#[tokio::test]
async fn every_route_refuses_whom_the_table_does_not_name() {
    let world = World::new().await;
    let entrances = console::entrances(&world.console);
    assert!(entrances.len() > 5, "{entrances:?}");
    for role in Role::ALL {
        for entrance in &entrances {
            // A session of its own each time: one of the routes ends it.
            let user = world.user(&format!("{role} {} {}", entrance.method, entrance.path), role).await;
            let visitor = world.logged_in(user).await;
            let status = status(&visitor, entrance).await;
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(
                refused,
                !allowed(entrance, role),
                "{role}: {} {} gave {status}",
                entrance.method,
                entrance.path
            );
            assert!(
                status != StatusCode::INTERNAL_SERVER_ERROR && status != StatusCode::UNAUTHORIZED,
                "{entrance:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_without_scopes_may_nothing_that_needs_one() {
    let world = World::new().await;
    let owner = world.user("Olga", Role::Owner).await;
    let program = world.program(owner, &[]).await;
    for entrance in console::entrances(&world.console).iter().filter(|it| it.surface == Surface::Api) {
        let needy = !matches!(entrance.needs, Needs::Nobody | Needs::Somebody);
        let status = status(&program, entrance).await;
        assert_eq!(
            status == StatusCode::FORBIDDEN,
            needy,
            "{} {} gave {status}",
            entrance.method,
            entrance.path
        );
    }
}

#[tokio::test]
async fn who_is_not_known_sees_nothing() {
    let world = World::new().await;
    for entrance in console::entrances(&world.console).iter().filter(|it| it.needs != Needs::Nobody) {
        let response = match entrance.method {
            Method::GET => world.nobody().get(&filled(entrance)).await,
            _ => world.nobody().post(&filled(entrance), &[]).await,
        };
        let status = response.status();
        match (entrance.surface, &entrance.method) {
            (Surface::Api, &Method::GET | &Method::POST) => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{entrance:?}")
            }
            // A POST to a path that only takes another method.
            (Surface::Api, _) => assert!(status.is_client_error(), "{entrance:?}"),
            (Surface::Page, _) => {
                assert_eq!(status, StatusCode::SEE_OTHER, "{entrance:?}");
                let to = response.headers()["location"].to_str().expect("an address");
                assert!(to == "/login" || to.starts_with("/login?next="), "{to}");
            }
        }
    }
}
