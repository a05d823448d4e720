//! The edges of the process: hostile webhooks, the command line, health and logs, on the real binary.

mod away;
mod backup;
mod bench;
mod callers;
mod carriers_view;
mod chaos;
mod clock_steps;
mod command_line;
mod configuration;
mod demonstration;
mod doctor;
mod erasing;
mod events;
mod first_settings;
mod full_disk;
mod health;
mod in_flight;
#[cfg(not(feature = "failpoints"))]
mod kill_points;
mod master_key;
mod nodes;
mod offers;
mod paths;
mod people;
mod place;
mod played;
mod postgres;
#[path = "../../../store/tests/postgres/server.rs"]
mod postgres_server;
mod posts;
mod publishing;
#[path = "../../../store/tests/it/redis/server.rs"]
mod redis_server;
mod request;
mod rotation;
mod signatures;
mod simulated;
mod slow;
#[path = "../../../store/tests/it/small_disk.rs"]
mod small_disk;
mod stopping;
mod synced;
mod trace;
mod traces;
mod trunks;
mod walls;
mod words;
mod world;
