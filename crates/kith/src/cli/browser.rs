//! Opens a page in the user's browser, where there is a display.
//!
//! The address carries a token, and command lines can be read by every user of the machine. So the browser is given a
//! private file that leads on to the address.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// True when a browser was started.
pub fn open(url: &str, data: &Path) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|v| !v.is_empty()));
    if !display && !cfg!(target_os = "macos") {
        return false;
    }
    let file = data.join("open.html");
    if leads_on(&file, url).is_err() {
        return false;
    }
    let mut command = Command::new(opener);
    command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

fn leads_on(file: &Path, url: &str) -> io::Result<()> {
    let _ = std::fs::remove_file(file);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url={url}\">\
         <a href=\"{url}\">Kith</a>"
    );
    options.open(file)?.write_all(page.as_bytes())
}
