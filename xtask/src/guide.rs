//! The Rust examples of the guide and the README stand in the fixtures' files, where they are compiled and run.

use crate::tree::Source;

/// Where the guide's examples come from.
pub const FIXTURE: &str = "tests/fixtures/scx-ktstr/";

/// "page:line: what" for each block of Rust in `pages` that is in none of `examples` as it stands.
pub fn strangers(pages: &[Source], examples: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages {
        for (line, block) in rust_blocks(&page.text) {
            if !examples.iter().any(|example| example.text.contains(&block)) {
                found.push(format!("{}:{line}: this example is not in {FIXTURE}", page.path));
            }
        }
    }
    found
}

/// The blocks between "```rust" and "```", each with the number of its first line.
fn rust_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line == "```rust" {
            let block = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            blocks.push((index + 2, block.map(|line| format!("{line}\n")).collect()));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_string(), text: text.to_string() }
    }

    #[test]
    fn an_example_that_is_in_no_file_is_found() {
        let page = source(
            "docs/guide/a.md",
            "words\n```rust\nfn a() {}\n```\n```toml\nx = 1\n```\n```rust\nfn b() {}\n```\n",
        );
        let example = source("tests/a.rs", "//! About.\nfn a() {}\n\nfn c() {}\n");
        assert_eq!(rust_blocks(&page.text).len(), 2);
        let found = strangers(&[page], &[example]);
        assert_eq!(found, ["docs/guide/a.md:9: this example is not in tests/fixtures/scx-ktstr/"]);
    }

    #[test]
    fn a_block_of_many_lines_must_be_there_as_a_whole() {
        let page = source("docs/guide/a.md", "```rust\nfn a() {\n}\n```\n");
        let whole = source("tests/a.rs", "fn a() {\n}\n");
        let other = source("tests/a.rs", "fn a() {\n    b();\n}\n");
        assert_eq!(strangers(&[page], &[other]).len(), 1);
        let page = source("docs/guide/a.md", "```rust\nfn a() {\n}\n```\n");
        assert!(strangers(&[page], &[whole]).is_empty());
    }
}
