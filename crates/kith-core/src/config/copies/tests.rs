use super::{Mode, WhenOld, render_reference};
use crate::config::parse;

const HEAD: &str =
    "[project]\nname = \"t\"\n[[connection]]\nname = \"shop\"\nkind = \"sqlite\"\npath = \"s.db\"\n";
const COPY: &str = "[[copy]]\ntable = \"shop.sales.orders\"\nmode = \"accelerated\"\nowner = \"ann\"\npurpose = \"reports\"\nexpires = \"2027-06-30\"\n";

#[test]
fn copies_are_read_and_written() {
    let more = "key = \"id\"\ncursor = \"at\"\nrefresh = \"15 minutes\"\nmax_age = \"2 hours\"\nwhen_old = \"refuse\"\nwhole = \"1 week\"\n";
    let text = format!(
        "{HEAD}[copies]\nmax = 3\n{COPY}{more}[[copy]]\ntable = \"shop.b\"\nmode = \"migrated\"\nowner = \"o\"\npurpose = \"p\"\n"
    );
    let config = parse(&text, "kith.toml").expect("read");
    let copy = &config.copies.all[0];
    assert_eq!(
        (copy.connection.as_str(), copy.table.as_str(), copy.mode),
        ("shop", "sales.orders", Mode::Accelerated)
    );
    assert_eq!(
        (copy.refresh_ms, copy.when_old, config.copies.max),
        (Some(900_000), WhenOld::Refuse, Some(3))
    );
    let again = parse(&config.to_toml(), "kith.toml")
        .unwrap_or_else(|e| panic!("{}: {}", e.message, config.to_toml()));
    assert_eq!(again.copies, config.copies);
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("copies.md", &render_reference());
}

#[test]
fn what_makes_no_sense_of_a_copy_is_refused() {
    for (from, to, code, word) in [
        ("shop.sales.orders", "orders", "K-CONFIG-VALUE", "names no connection"),
        ("shop.sales.orders", "shp.orders", "K-CONFIG-VALUE", "no connection"),
        ("accelerated", "accelerate", "K-CONFIG-VALUE", "not a mode"),
        ("owner = \"ann\"\n", "", "K-CONFIG-MISSING", "owner"),
        ("purpose = \"reports\"\n", "", "K-CONFIG-MISSING", "purpose"),
        ("expires = \"2027-06-30\"\n", "", "K-CONFIG-MISSING", "expires"),
        ("2027-06-30", "30.6.2027", "K-CONFIG-VALUE", "not a day"),
        ("owner", "cursor = \"at\"\nowner", "K-CONFIG-VALUE", "needs a key"),
        ("owner", "refresh = \"often\"\nowner", "K-CONFIG-VALUE", "not a time"),
        ("owner", "frequency = 3\nowner", "K-CONFIG-KEY", "frequency"),
    ] {
        let body = COPY.replacen(from, to, 1);
        let error = parse(&format!("{HEAD}{body}"), "kith.toml").expect_err(&body);
        assert!(
            error.code == code && error.message.contains(word),
            "{body}: {} {}",
            error.code,
            error.message
        );
    }
    let twice = parse(&format!("{HEAD}{COPY}{COPY}"), "kith.toml").expect_err("twice");
    assert_eq!(twice.code, "K-CONFIG-DUPLICATE");
    let legacy = HEAD.replace("\"shop\"", "\"shop_legacy\"");
    let taken = parse(
        &format!("{HEAD}{}{COPY}", legacy.trim_start_matches("[project]\nname = \"t\"\n")),
        "kith.toml",
    );
    assert!(taken.expect_err("taken").message.contains("old tables"));
}
