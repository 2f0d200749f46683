use crate::config::{Config, ConfigError, parse};

const PRODUCTS: &str = "[[catalog]]\nname = \"products\"\nkind = \"csv\"\npath = \"products.csv\"\n";

fn parsed(body: &str) -> Result<Config, ConfigError> {
    parse(&format!("[project]\nname = \"t\"\n{body}"), "kith.toml")
}

#[test]
fn what_is_written_is_read_again() {
    let body = format!(
        "{PRODUCTS}delimiter = \";\"\nkey = [\"shop\", \"sku\"]\nlabel = \"title\"\nrefers = \"properties.products[].sku\"\n\
         [[catalog]]\nname = \"films\"\nkind = \"push\"\n\
         [[catalog]]\nname = \"books\"\nkind = \"postgres\"\nurl = \"env:PG_URL\"\npassword = \"env:PG_PASSWORD\"\ntable = \"book\"\n\
         [[trait]]\nname = \"author\"\naggregate = \"top\"\nof = \"properties.products[].sku\"\nthrough = \"products.author.name\"\n"
    );
    let config = parsed(&body).expect("it can be read");
    let [products, films, books] = config.catalogs.as_slice() else { panic!("{:?}", config.catalogs) };
    assert_eq!(products.source.key, ["shop", "sku"]);
    assert_eq!(films.source.key, ["id"]);
    assert_eq!(books.source.table.as_deref(), Some("book"));
    let [(name, through)] = config.throughs.as_slice() else { panic!("{:?}", config.throughs) };
    assert_eq!(
        (name.as_str(), through.catalog.as_str(), through.column.as_str()),
        ("author", "products", "author.name")
    );
    let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
    assert_eq!(
        (again.catalogs, again.throughs, again.traits),
        (config.catalogs, config.throughs, config.traits)
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_a_help_and_a_place() {
    let through = |text: &str| format!("{PRODUCTS}[[trait]]\nname = \"x\"\n{text}");
    for (body, word) in [
        ("[[catalog]]\nname = \"p\"\nkind = \"csv\"".to_string(), "has no \"path\""),
        ("[[catalog]]\nname = \"p\"\nkind = \"events\"".to_string(), "no items"),
        ("[[catalog]]\nname = \"P!\"\nkind = \"push\"".to_string(), "can not be used"),
        ("[[catalog]]\nname = \"p\"\nkind = \"push\"\npath = \"x\"".to_string(), "has no \"path\""),
        (format!("{PRODUCTS}rank = 3"), "not a key"),
        (format!("{PRODUCTS}refers = \"product_id\""), "no part of an event"),
        (format!("{PRODUCTS}{PRODUCTS}"), "two sources or catalogues"),
        (
            format!("{PRODUCTS}[[source]]\nname = \"products\"\nkind = \"push\"\nkey = \"id\""),
            "two sources or catalogues",
        ),
        (
            through("aggregate = \"top\"\nof = \"properties.id\"\nthrough = \"product.category\""),
            "no catalogue",
        ),
        (through("aggregate = \"top\"\nof = \"properties.id\"\nthrough = \"products\""), "does not name"),
        (through("aggregate = \"sum\"\nof = \"properties.id\"\nthrough = \"products.price\""), "of numbers"),
        (through("aggregate = \"count\"\nthrough = \"products.price\""), "of numbers"),
        (through("aggregate = \"sum\"\nof = \"properties.products[].price\""), "takes one value"),
    ] {
        let error = parsed(&body).expect_err(&body);
        assert!(error.message.contains(word), "{body}: {}", error.message);
        assert!(!error.help.is_empty() && error.line > 0);
    }
    let error =
        parsed(&through("aggregate = \"top\"\nof = \"properties.id\"\nthrough = \"product.category\""));
    assert_eq!(error.expect_err("unknown").help, "did you mean \"products\"?");
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("catalogs.md", &super::render_reference());
}
