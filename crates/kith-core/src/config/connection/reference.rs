//! The page of the keys of a connection.

use super::{KEYS, LIMITS, RESOURCE_KEYS};

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out.push_str("\n## limits\n\n| Key | Default | Meaning |\n|-|-|-|\n");
    for (key, usual, _, text) in LIMITS {
        out.push_str(&format!("| `{key}` | {usual} | {text} |\n"));
    }
    out.push_str(
        "\n## resource\n\nA table of an application.\n\n| Key | Type | Default | Meaning |\n|-|-|-|-|\n",
    );
    for (key, kind, default, text) in RESOURCE_KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# Connections

Generated from `kith_core::config::connection`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. What is done with them: the
guide to [SQL](../guide/sql.md), and what each kind can: [connectors](../connectors.md).

```toml
[[connection]]
name = \"shop\"
kind = \"postgres\"
url = \"postgres://reader@db/shop\"
password = \"env:SHOP_PASSWORD\"
tables = [\"orders\", \"sales.customers\"]
limits = { rows = 1_000_000, seconds = 10 }
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";
