//! What people and rules say of records, beside what the model thinks.

use super::Resident;

/// What somebody says of a record and another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// The other's id.
    pub other: u64,
    /// How sure it is that they are one entity; `None` = they never are.
    pub confidence: Option<f32>,
}

impl Resident {
    /// What people and rules say of a record and others, instead of what was said under this id before. Either record
    /// may say it; ids that are not there wait.
    pub fn say(&mut self, id: u64, said: Vec<Said>) {
        let before = self.said.remove(&id).unwrap_or_default();
        if before == said {
            self.said.extend((!said.is_empty()).then_some((id, said)));
            return;
        }
        for other in before.iter().map(|said| said.other) {
            if let Some(owners) = self.heard.get_mut(&other) {
                owners.retain(|owner| *owner != id);
            }
            self.touch(other);
        }
        for other in said.iter().map(|said| said.other) {
            let owners = self.heard.entry(other).or_default();
            if !owners.contains(&id) {
                owners.push(id);
            }
            self.touch(other);
        }
        self.touch(id);
        self.said.extend((!said.is_empty()).then_some((id, said)));
    }

    /// Everything that was said of a record, under whichever id.
    pub(super) fn said_of(&self, id: u64) -> impl Iterator<Item = Said> + '_ {
        let own = self.said.get(&id).into_iter().flatten().copied();
        let owners = self.heard.get(&id).into_iter().flatten();
        let heard = owners.flat_map(move |owner| {
            let about = self.said.get(owner).into_iter().flatten().filter(move |said| said.other == id);
            about.map(|said| Said { other: *owner, ..*said })
        });
        own.chain(heard).filter(move |said| said.other != id)
    }
}
