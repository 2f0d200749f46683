//! Tables for the terminal: columns as wide as their content, numbers to the right, long cells cut.

use super::output::printable;

/// Cells longer than this are cut, so that one free-text column does not push the others off the screen.
const CELL_CHARS_MAX: usize = 48;

/// A table of texts.
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With these column names.
    pub fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Table { head: head.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells stay empty.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| cut(&printable(&cell.into()))).collect());
    }

    /// The whole table, without a final end of line.
    pub fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.head.len()).map(|column| self.width(column)).collect();
        let numeric: Vec<bool> = (0..self.head.len()).map(|column| self.numeric(column)).collect();
        let mut lines = vec![line(&self.head, &widths, &numeric)];
        lines.push(
            widths.iter().map(|w| "─".repeat(*w)).collect::<Vec<_>>().join("  ").trim_end().to_string(),
        );
        lines.extend(self.rows.iter().map(|row| line(row, &widths, &numeric)));
        lines.join("\n")
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &String> {
        self.rows.iter().filter_map(move |row| row.get(column))
    }

    fn width(&self, column: usize) -> usize {
        let head = self.head.get(column).map_or(0, |h| h.chars().count());
        self.cells(column).map(|c| c.chars().count()).max().unwrap_or(0).max(head)
    }

    fn numeric(&self, column: usize) -> bool {
        let number = |c: &String| c.is_empty() || c.replace([',', '%'], "").parse::<f64>().is_ok();
        self.cells(column).all(number) && self.cells(column).any(|c| !c.is_empty())
    }
}

fn line(cells: &[String], widths: &[usize], numeric: &[bool]) -> String {
    let empty = String::new();
    let padded = widths.iter().enumerate().map(|(column, &width)| {
        let cell = cells.get(column).unwrap_or(&empty);
        let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
        if numeric.get(column) == Some(&true) { gap + cell } else { format!("{cell}{gap}") }
    });
    padded.collect::<Vec<_>>().join("  ").trim_end().to_string()
}

fn cut(text: &str) -> String {
    if text.chars().count() <= CELL_CHARS_MAX {
        return text.to_string();
    }
    text.chars().take(CELL_CHARS_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_texts_to_the_left() {
        let mut table = Table::new(["source", "records"]);
        table.row(["crm", "1,200"]);
        table.row(["newsletter", "7"]);
        let expected = "source      records\n──────────  ───────\ncrm           1,200\nnewsletter        7";
        assert_eq!(table.render(), expected);
    }
}
