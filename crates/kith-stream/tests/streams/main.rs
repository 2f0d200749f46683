//! Streams against real brokers: everything arrives once, whatever is killed.

#[path = "../../../../tests/brokers/brokers.rs"]
mod brokers;
mod follower;
mod nats;
mod kafka;
