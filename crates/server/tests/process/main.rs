//! The edges of the process: hostile webhooks, the command line, health and logs, on the real binary.

mod callers;
mod carriers_view;
mod command_line;
mod configuration;
mod demonstration;
mod erasing;
mod health;
mod paths;
mod place;
mod played;
mod publishing;
mod request;
mod signatures;
mod slow;
mod stopping;
mod words;
