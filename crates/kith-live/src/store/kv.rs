//! The key-value store behind a small trait, so that another one (a distributed database, issue: cluster) can stand in. The one
//! in the process is [`super::fjall`].

use crate::error::Result;
use rustc_hash::FxHashMap;

pub(crate) use super::fjall::open;

macro_rules! spaces {
    ($($(#[$doc:meta])* $variant:ident $name:literal $truth:literal;)*) => {
        /// A key space; what its keys and values are is written here and nowhere else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Space { $($(#[$doc])* $variant,)* }

        impl Space {
            const ALL: &'static [Space] = &[$(Space::$variant),*];
            pub(crate) fn name(self) -> &'static str { match self { $(Space::$variant => $name),* } }
            /// True where the log alone determines the content, so that a fresh fold must give the same.
            pub(crate) fn of_the_log(self) -> bool { match self { $(Space::$variant => $truth),* } }
        }
    };
}

spaces! {
    /// `position` -> log id, position; `model`, `resolved` -> entry; `live` -> nodes alive; `tree` -> position.
    Meta "meta" false;
    /// node -> version, alive, record.
    Node "node" true;
    /// source 0 key -> node, row hash, alive.
    Key "key" true;
    /// source -> nodes alive.
    Source "source" true;
    /// source -> the last pull.
    Cursor "cursor" true;
    /// position -> the rejected row.
    Reject "reject" true;
    /// field 0 value 0 node -> nothing.
    Identifier "identifier" true;
    /// node, position -> nothing: the entries that made the node what it is.
    Version "version" true;
    /// node -> profile.
    ProfileOf "profile_of" true;
    /// profile -> born at, nodes.
    Profile "profile" true;
    /// profile -> the profile it redirects to.
    Redirect "redirect" true;
    /// profile, redirecting profile -> nothing.
    RedirectedFrom "redirected_from" true;
    /// position -> the identity change.
    Change "change" true;
    /// smallest node -> the component.
    Component "component" false;
    /// node -> smallest node of its component.
    ComponentOf "component_of" false;
    /// position -> what a person decided, and whether it was taken back.
    Decision "decision" true;
    /// source 0 key 0, position -> nothing: the decisions that name a record, in force or not.
    DecisionOf "decision_of" true;
    /// first member -> the household.
    Household "household" false;
    /// member -> first member of its household.
    HouseholdOf "household_of" false;
    /// `position` -> log id, position; `definitions` -> hash; `counts` 0 source; `cause` 0 number -> a cause of refusals, and how many.
    EventMeta "event_meta" true;
    /// source 0 message id -> when it was received: what a later event of the same id is a duplicate of.
    Seen "seen" false;
    /// source 0 carrier -> number, state.
    Carrier "carrier" true;
    /// carrier's number, time, position -> nothing: what a carrier did, in order of time.
    Timeline "timeline" true;
    /// position -> the number of the cause: refused events that wait. `RefusedCause`: cause, position -> nothing.
    RefusedEvent "refused_event" true;
    /// source 0 carrier -> nothing: carriers whose record is to be resolved anew.
    Changed "changed" false;
    RefusedCause "refused_cause" true;
    /// type:id 0 source 0 carrier -> nothing: the carriers that another id was seen with. No such id has a zero byte.
    IdOf "id_of" true;
    /// catalogue 0 item -> when it changed, whether it is gone, its row.
    Item "item" true;
    /// catalogue -> how many items, their columns.
    Catalog "catalog" true;
    /// position, smallest node of a component or a node that is gone -> nothing: what the lake may not show yet. See `behind`.
    Behind "behind" false;
}

/// Where spaces live. Each home is files of its own, and making one costs several fsyncs: with a home per space a new
/// directory took 1.1 s to open. The trees are replaced whole, so they can be emptied by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Nodes,
    Facts,
    Trees,
    Seen,
    Carriers,
}

impl Home {
    /// The homes of the store of records.
    pub(crate) const RECORDS: [Home; 3] = [Home::Facts, Home::Nodes, Home::Trees];
    /// The homes of the store of events.
    pub(crate) const EVENTS: [Home; 2] = [Home::Carriers, Home::Seen];

    pub(super) fn name(self) -> &'static str {
        match self {
            Home::Nodes => "nodes",
            Home::Facts => "facts",
            Home::Trees => "trees",
            Home::Seen => "seen",
            Home::Carriers => "carriers",
        }
    }
}

impl Space {
    pub(crate) fn home(self) -> Home {
        match self {
            Space::Node => Home::Nodes,
            Space::Seen => Home::Seen,
            Space::EventMeta | Space::Carrier | Space::Timeline | Space::IdOf => Home::Carriers,
            Space::RefusedEvent | Space::RefusedCause | Space::Changed => Home::Carriers,
            Space::Component | Space::ComponentOf | Space::Behind => Home::Trees,
            Space::Household | Space::HouseholdOf => Home::Trees,
            _ => Home::Facts,
        }
    }

    /// The spaces of these homes that a log determines.
    pub(crate) fn of_a_log(homes: &[Home]) -> impl Iterator<Item = Space> {
        Space::ALL.iter().copied().filter(move |s| s.of_the_log() && homes.contains(&s.home()))
    }

    /// The key in the home: the first byte says which space it is of.
    pub(super) fn key(self, key: &[u8]) -> Vec<u8> {
        [&[self as u8], key].concat()
    }
}

pub(crate) type Pair = (Vec<u8>, Vec<u8>);
/// Pairs of a space in order of key.
pub(crate) type Pairs = Box<dyn DoubleEndedIterator<Item = Result<Pair>> + Send>;

/// Ordered spaces with atomic, durable batches.
pub(crate) trait KeyValue: Send + Sync {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>>;
    /// Pairs with `from <= key` and, if given, `key < to`; a consistent view from the moment of the call.
    fn range(&self, space: Space, from: &[u8], to: Option<&[u8]>) -> Pairs;
    /// Writes all of it or none, on the disk when it returns.
    fn commit(&self, changes: Changes) -> Result<()>;
    /// Writes all of it or none; on the disk some time later, and never before what was committed earlier.
    fn commit_soon(&self, changes: Changes) -> Result<()>;
    /// Empties every space that lives where this one does.
    fn clear(&self, home: Home) -> Result<()>;
}

/// The pairs whose key begins with `prefix`.
pub(crate) fn prefix(kv: &dyn KeyValue, space: Space, prefix: &[u8]) -> Pairs {
    let mut end = prefix.to_vec();
    // The first key behind the prefix: its last byte that is not 0xff, plus one.
    while end.last() == Some(&0xff) {
        end.pop();
    }
    end.last_mut().into_iter().for_each(|last| *last += 1);
    kv.range(space, prefix, (!end.is_empty()).then_some(end.as_slice()))
}

/// Changes that are to be committed together, and what they make of the store meanwhile.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) pairs: FxHashMap<(Space, Vec<u8>), Option<Vec<u8>>>,
    pub(crate) bytes: usize,
}

impl Changes {
    pub(crate) fn put(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.bytes += key.len() + value.len();
        self.pairs.insert((space, key), Some(value));
    }
    pub(crate) fn remove(&mut self, space: Space, key: Vec<u8>) {
        self.bytes += key.len();
        self.pairs.insert((space, key), None);
    }
    /// The value as it will be.
    pub(crate) fn get(&self, kv: &dyn KeyValue, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.pairs.get(&(space, key.to_vec())) {
            Some(value) => Ok(value.clone()),
            None => kv.get(space, key),
        }
    }
}
