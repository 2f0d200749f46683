//! Watches the built user interface, so that a new `ui/dist` is embedded by the next `cargo build`. `cargo build` works
//! without Node: the folder is then empty, and the server shows a page that says how to build it.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    // A path that does not exist would make cargo run this for every build. A read-only checkout may refuse; then it
    // merely is built more often.
    let _ = std::fs::create_dir_all(&dist);
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
}
