//! What is known of a carrier.
