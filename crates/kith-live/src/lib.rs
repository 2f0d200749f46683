//! What Kith remembers of one tenant.
//!
//! Everything that enters is one entry of the [`log`]; the node store, the profiles and the search index are computed
//! from it, carry its position and can be dropped. [`Live`] holds them together.
//!
//! | module | what is true after it has run |
//! |---|---|
//! | [`seams`] | time, disk and randomness can be replaced by a test's |
//! | [`log`] | what was acknowledged survives a power cut; damage has a name |
//! | `store` | every node, identifier, profile and change can be asked for, as of an exact position |
//! | [`identity`] | profile ids stay, and every change of them is an entry |
//! | [`tree`] | the same person can be seen strictly and loosely |
//! | `search` | a person is found in spite of typing errors |
//! | [`events`] | what people did is kept once, and folded into those who did it |
//! | `verify` | log and projections were compared, row by row |

mod error;
pub mod seams;
pub mod log;
mod store;
pub mod identity;
pub mod tree;
mod search;
pub mod events;
mod verify;
mod live;

pub use error::{LiveError, Result};
pub use live::{Assigned, FORMAT, Live, ProfileState, ValueVersion};
pub use log::{Copied, Lost, Recovery, Torn, settle_copy};
pub use seams::Seams;
pub use store::{Behind, ColumnKind, Decided, Item, Items, Node, row_hash};
pub use tree::{Component, Household, HouseholdTie, Touched, TreeEdge, TreeMerge};
pub use verify::{KindReport, VerifyReport};
