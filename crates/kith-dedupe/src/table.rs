//! The way in: columns of texts.

use crate::dict::{DictColumn, Interner};

/// Rows as columns of texts, out of one place or several.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The columns' names.
    pub names: Vec<String>,
    /// The columns, each with a code for every row.
    pub columns: Vec<DictColumn>,
    /// How many rows there are.
    pub rows: usize,
    /// The files or frames that the rows come from.
    pub parts: Vec<String>,
    /// For every row the index in `parts` of the one that holds it; may stay empty where there is one part.
    pub part_of: Vec<u16>,
}

impl Table {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&DictColumn> {
        self.columns.get(self.names.iter().position(|n| n == name)?)
    }
}

/// A table that is filled row by row.
#[derive(Clone, Debug, Default)]
pub struct TableBuilder {
    names: Vec<String>,
    columns: Vec<(Interner, Vec<u32>)>,
    rows: usize,
}

impl TableBuilder {
    /// A table without rows.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> TableBuilder {
        let names: Vec<String> = names.into_iter().map(str::to_string).collect();
        let columns = names.iter().map(|_| Default::default()).collect();
        TableBuilder { names, columns, rows: 0 }
    }

    /// Adds a row; cells that are not given are missing.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) {
        let mut cells = cells.into_iter();
        for (interner, codes) in &mut self.columns {
            codes.push(cells.next().flatten().map_or(0, |text| interner.intern(text)));
        }
        self.rows += 1;
    }

    /// The table.
    pub fn finish(self) -> Table {
        let columns = self.columns.into_iter().map(|(i, codes)| DictColumn { dict: i.finish(), codes });
        Table { names: self.names, columns: columns.collect(), rows: self.rows, ..Table::default() }
    }
}

/// The shortest text that reads back as the same number; whole numbers without `.0`, since tools that know no
/// missing integers write them as floats.
pub fn float_text(float: f64) -> String {
    // Up to 2^53 = 9,007,199,254,740,992 every whole number has a float of its own.
    if float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 {
        format!("{}", float as i64)
    } else {
        format!("{float}")
    }
}
