//! The one integration-test binary. It drives the product as users do: the `kith` program, over its command line and over
//! HTTP. It links none of our crates, so it builds in seconds.

mod http;
mod product;
mod cli;
mod dangers;
mod tokens;
mod api;
mod sql;
mod tables;
mod wire;
mod users;
mod roles;
mod views;
mod auth;
mod serve;
mod sign_on;
mod stewardship;
mod cluster;
mod collect;
mod backup;
mod import;
mod moment;
mod contexts;
mod copies;
mod plan_files;
mod catalogs;
mod identifiers;
mod doors;
mod flight;
mod flight_connection;
mod plans;
#[path = "../../../../tests/brokers/brokers.rs"]
mod brokers;
mod streams;
mod tidy;
mod traces;
