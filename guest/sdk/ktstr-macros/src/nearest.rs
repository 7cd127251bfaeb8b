//! The known word that an unknown one was meant to be.

/// The nearest of `known`, when it is near enough to be worth naming.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = known.into_iter().map(|candidate| (distance(word, candidate), candidate));
    rated.min().filter(|(distance, _)| *distance <= word.len() / 3 + 1).map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, by the row.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(nearest("duration", ["duration_s", "llcs"]), Some("duration_s"));
        assert_eq!(nearest("lcls", ["cores", "llcs"]), Some("llcs"));
    }

    #[test]
    fn does_not_guess_wildly() {
        assert_eq!(nearest("bananas", ["duration_s", "llcs"]), None);
    }
}
