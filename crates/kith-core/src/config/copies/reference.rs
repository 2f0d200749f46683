//! The page of the keys of a copy.

use super::{ALL_KEYS, KEYS};

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out.push_str("\n## `[copies]`\n\n| Key | Type | Default | Meaning |\n|-|-|-|-|\n");
    for (key, kind, default, text) in ALL_KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# Copies

Generated from `kith_core::config::copies`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. What is done with them: the guide to
[copies](../guide/copies.md).

```toml
[[copy]]
table = \"shop.orders\"
mode = \"accelerated\"
owner = \"ann@example.org\"
purpose = \"reporting\"
expires = \"2027-06-30\"
key = [\"id\"]
cursor = \"updated_at\"
refresh = \"15 minutes\"
max_age = \"1 hour\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";
