//! `Routes`: every route of the console, each with what it needs. There is no way to add one without.
//!
//! A page: `routes.get(Needs::May(Permission::ReadCalls), "/calls", calls::list)`, and its line in `pages/nav.rs`.
//! A route of the API: `routes.api(Needs::May(Permission::ReadCalls), routes!(calls::list))`, on a handler with
//! `#[utoipa::path(get, path = "/v1/calls", …)]`.

use std::sync::Arc;

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{self, MethodRouter},
};
use http::Method;
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::{
    Console, Permission,
    api::{keyed, rate, refusals},
    guard,
};

/// What a route needs of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: whoever reaches the console.
    Nobody,
    /// Somebody who is known.
    Somebody,
    /// Somebody who may.
    May(Permission),
    /// Somebody who may, and has given the password within the last minutes; a token is proof by itself.
    Proven(Permission),
}

/// Who a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A person: refusals are pages, and who is not known is asked to log in.
    Page,
    /// A program: refusals are RFC 9457.
    Api,
}

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// Its method.
    pub method: Method,
    /// Its path, with its parameters in braces.
    pub path: String,
    /// What it needs.
    pub needs: Needs,
    /// Who it is for.
    pub surface: Surface,
}

/// Every route of the console.
pub struct Routes {
    console: Arc<Console>,
    router: Router<Arc<Console>>,
    openapi: OpenApi,
    entrances: Vec<Entrance>,
}

impl Routes {
    pub(crate) fn new(console: &Arc<Console>) -> Self {
        let openapi = crate::api::described();
        Self { console: Arc::clone(console), router: Router::new(), openapi, entrances: vec![] }
    }

    /// Adds a page. It changes nothing.
    #[must_use]
    pub fn get<H: Handler<T, Arc<Console>>, T: 'static>(self, needs: Needs, path: &str, handler: H) -> Self {
        self.page(needs, Method::GET, path, routing::get(handler))
    }

    /// Adds what a form of a page is sent to. The guard asks for its origin and its token.
    #[must_use]
    pub fn post<H: Handler<T, Arc<Console>>, T: 'static>(self, needs: Needs, path: &str, handler: H) -> Self {
        self.page(needs, Method::POST, path, routing::post(handler))
    }

    /// Adds a route of the API, with its description.
    #[must_use]
    pub fn api(mut self, needs: Needs, route: UtoipaMethodRouter<Arc<Console>>) -> Self {
        let (schemas, paths, handlers) = route;
        let components = self.openapi.components.get_or_insert_with(Default::default);
        for (name, schema) in schemas {
            let known = components.schemas.get(&name);
            debug_assert!(known.is_none_or(|known| *known == schema), "two schemas are called {name}");
            components.schemas.insert(name, schema);
        }
        for (path, mut item) in paths.paths {
            refusals::add(&path, &mut item, needs);
            let once = middleware::from_fn_with_state(Arc::clone(&self.console), keyed::once);
            let limited = middleware::from_fn_with_state(Arc::clone(&self.console), rate::limited);
            let handlers = handlers.clone().route_layer(once).route_layer(limited);
            let route = guard::guarded(&self.console, needs, Surface::Api, handlers);
            self.router = self.router.route(&path, route);
            let methods = methods(&item);
            let entrance = |method| Entrance { method, path: path.clone(), needs, surface: Surface::Api };
            self.entrances.extend(methods.into_iter().map(entrance));
            match self.openapi.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.openapi.paths.paths.insert(path, item)),
            }
        }
        self
    }

    /// Describes a route of the API that is served elsewhere.
    #[must_use]
    pub(crate) fn elsewhere<S>(mut self, route: UtoipaMethodRouter<S>) -> Self
    where
        S: Send + Sync + Clone + 'static,
    {
        let (schemas, paths, _) = route;
        let components = self.openapi.components.get_or_insert_with(Default::default);
        for (name, schema) in schemas {
            let known = components.schemas.get(&name);
            debug_assert!(known.is_none_or(|known| *known == schema), "two schemas are called {name}");
            components.schemas.insert(name, schema);
        }
        for (path, mut item) in paths.paths {
            refusals::add_elsewhere(&path, &mut item);
            match self.openapi.paths.paths.get_mut(&path) {
                Some(known) => known.merge_operations(item),
                None => drop(self.openapi.paths.paths.insert(path, item)),
            }
        }
        self
    }

    fn page(mut self, needs: Needs, method: Method, path: &str, route: MethodRouter<Arc<Console>>) -> Self {
        let route = guard::guarded(&self.console, needs, Surface::Page, route);
        self.router = self.router.route(path, route);
        self.entrances.push(Entrance { method, path: path.to_owned(), needs, surface: Surface::Page });
        self
    }

    pub(crate) fn openapi(&self) -> &OpenApi {
        &self.openapi
    }

    pub(crate) fn finish(self) -> (Router<Arc<Console>>, Vec<Entrance>) {
        (self.router, self.entrances)
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let operations = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    operations.into_iter().filter(|(_, operation)| operation.is_some()).map(|(method, _)| method).collect()
}
