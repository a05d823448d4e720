//! Several processes on one Postgres, with or without a Redis: any of them serves any request of any call, and any of them
//! may die at any moment.

mod balancer;
mod deaths;
mod forms;
mod interview;
mod news;
mod shared;
mod upgrade;
mod world;
