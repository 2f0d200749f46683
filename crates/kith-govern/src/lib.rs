//! Who may see what: Cedar policies, and labels that say what columns hold.
//!
//! Reads:  `policies/*.cedar` and `labels.toml` of a project, anew when they change; what `kith.toml` maps.
//! Decides: of each table whether it is there and which rows, of each column how much is shown, of each part of the API whether it
//!         may be used ([`Rules`]). Allowed is what a policy permits and none forbids; where several say how much, the strictest counts.
//! Writes: `labels.toml` ([`labels::LabelFile`]).
//! Fails:  [`Bad`]: a policy or a label that can not be understood. Then owners see everything, and nobody else anything.
//!
//! 1. [`policies`] reads the policies, holds them against the schema and reads their annotations `@mask` and `@rows`.
//! 2. [`known`] says what a column holds: what Kith's own tables declare, what a steward has confirmed, and what golden values
//!    take over from the columns they come from.
//! 3. [`rules`] asks Cedar, permits and forbids apart, so that every mask that applies is known, and an error of a policy is a no.
//! 4. [`keeper`] looks whether files have changed, each time somebody begins to ask.

mod bad;
pub mod keeper;
pub mod known;
pub mod labels;
pub mod policies;
pub mod propose;
pub mod rules;

pub use bad::Bad;
pub use keeper::Keeper;
pub use known::Known;
pub use labels::LabelFile;
pub use policies::Policies;
pub use rules::Rules;
