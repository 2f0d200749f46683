//! Test help: pages made from registries are current, or are written anew with `KITH_BLESS=1`.

use std::path::Path;

/// Compares `docs/reference/<name>` with what the registry renders now.
#[track_caller]
pub(crate) fn is_current(name: &str, rendered: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("KITH_BLESS").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("docs/reference can be made");
        std::fs::write(&file, rendered).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == rendered, "docs/reference/{name} is out of date: KITH_BLESS=1 cargo test -p kith-core");
}
