use crate::config::{Config, ConfigError, parse};

fn parsed(body: &str) -> Result<Config, ConfigError> {
    parse(&format!("[project]\nname = \"t\"\n{body}"), "kith.toml")
}

#[test]
fn what_is_written_is_read_again() {
    let config = parsed(
        "[[connection]]\nname = \"shop\"\nkind = \"postgres\"\nurl = \"postgres://reader@db/shop\"\npassword = \"env:PW\"\n\
         tables = [\"orders\", \"sales.customers\"]\nlimits = { rows = 1_000, seconds = 5 }\n\
         [[connection]]\nname = \"crm\"\nkind = \"sqlite\"\npath = \"crm.db\"\n\
         [[connection]]\nname = \"web\"\nkind = \"mysql\"\nurl = \"mysql://reader@db/web\"\nca = \"ca.pem\"\nsslmode = \"verify-full\"\n",
    )
    .expect("it can be read");
    let [shop, crm, web] = config.connections.as_slice() else { panic!("{:?}", config.connections) };
    assert_eq!((shop.limits.rows, shop.limits.seconds, shop.limits.scans), (1_000, 5, 8));
    assert_eq!(shop.tables, ["orders", "sales.customers"]);
    assert_eq!(crm.path.as_deref(), Some(std::path::Path::new("crm.db")));
    assert_eq!((web.kind.name(), web.tls.mode(true)), ("mysql", super::SslMode::VerifyFull));
    assert_eq!(
        [shop.tls.mode(true), shop.tls.mode(false)],
        [super::SslMode::Disable, super::SslMode::VerifyFull]
    );
    let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
    assert_eq!(again.connections, config.connections);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_help_and_a_place() {
    let sqlite = "[[connection]]\nname = \"a\"\nkind = \"sqlite\"\npath = \"a.db\"\n";
    for (body, word) in [
        ("[[connection]]\nname = \"a\"\nkind = \"sqlite\"".to_string(), "has no \"path\""),
        ("[[connection]]\nname = \"a\"\nkind = \"postgres\"".to_string(), "has no \"url\""),
        ("[[connection]]\nname = \"a\"\nkind = \"oracle\"".to_string(), "not a kind of connection"),
        ("[[connection]]\nname = \"master\"\nkind = \"sqlite\"\npath = \"a.db\"".to_string(), "Kith's own"),
        (format!("{sqlite}{sqlite}"), "two connections"),
        (format!("{sqlite}url = \"postgres://h/d\""), "has no \"url\""),
        (format!("{sqlite}limits = {{ rows = 0 }}"), "out of range"),
        (format!("{sqlite}limits = {{ row = 1 }}"), "not a key"),
        (format!("{sqlite}tables = [\"\"]"), "has no name"),
        ("[[connection]]\nname = \"a\"\nkind = \"postgres\"\nurl = \"postgres://u:p@h/d\"".into(), "password"),
        (
            "[[connection]]\nname = \"a\"\nkind = \"postgres\"\nurl = \"postgres://u@h/d\"\npassword = \"hunter2\"".into(),
            "readable by everyone",
        ),
        (format!("{sqlite}sslmode = \"require\""), "has no \"sslmode\""),
        ("[[connection]]\nname = \"a\"\nkind = \"postgres\"\nurl = \"mysql://u@h/d\"".into(), "begin with postgres://"),
        ("[[connection]]\nname = \"a\"\nkind = \"mysql\"\nurl = \"postgres://u@h/d\"".into(), "begin with mysql://"),
        ("[[connection]]\nname = \"a\"\nkind = \"mysql\"\nurl = \"mysql://u:p@h/d\"".into(), "password"),
        (
            "[[connection]]\nname = \"a\"\nkind = \"mysql\"\nurl = \"mysql://u@h/d\"\nsslmode = \"prefer\"".into(),
            "not a mode",
        ),
        (
            "[[connection]]\nname = \"a\"\nkind = \"mysql\"\nurl = \"mysql://u@h/d\"\nsslmode = \"require\"\nca = \"x\"".into(),
            "verify-full",
        ),
        ("connection = 1".to_string(), "list of tables"),
    ] {
        let body = if body.starts_with("connection =") {
            parse(&format!("{body}\n[project]\nname = \"t\"\n"), "kith.toml")
        } else {
            parsed(&body)
        };
        let error = body.expect_err(word);
        assert!(error.message.contains(word), "{word}: {}", error.message);
        assert!(!error.help.is_empty() && error.line > 0 && !error.message.contains("hunter2"));
    }
}

#[test]
fn files_are_in_a_folder_or_in_a_bucket() {
    let head = "[[connection]]\nname = \"a\"\nkind = \"files\"\n";
    let config = parsed(&format!(
        "{head}url = \"s3://lake/shop/2026/\"\nendpoint = \"http://127.0.0.1:9000\"\nregion = \"eu\"\naccess_key = \"env:ID\"\n\
         secret_key = \"file:key\"\nlimits = {{ bytes = 5 }}\n[[connection]]\nname = \"b\"\nkind = \"files\"\npath = \"exports\"\n"
    ))
    .expect("it can be read");
    let bucket = config.connections[0].bucket.as_ref().expect("a bucket");
    assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("lake", "shop/2026"));
    assert!(config.connections[1].bucket.is_none());
    let again = parse(&config.to_toml(), "kith.toml").expect("it can be read again");
    assert_eq!(again.connections, config.connections);
    for (lines, word) in [
        ("", "has no \"path\""),
        ("path = \"a\"\nurl = \"s3://b\"", "not at both"),
        ("path = \"a\"\nregion = \"eu\"", "have no \"region\""),
        ("path = \"a\"\npassword = \"env:A\"", "has no \"password\""),
        ("url = \"s3://id:key@b\"", "not one of a bucket"),
        ("url = \"s3://b/../c\"", "not one of a bucket"),
        ("url = \"https://b\"", "not one of a bucket"),
        ("url = \"s3://b\"\nendpoint = \"http://storage.example.org\"", "unencrypted"),
        ("url = \"s3://b\"\nendpoint = \"http://127.0.0.1.example.org\"", "unencrypted"),
        ("url = \"s3://b\"\nendpoint = \"https://u:p@h\"", "not an address"),
        ("url = \"s3://b\"\naccess_key = \"env:A\"", "half of a key"),
        ("url = \"s3://b\"\naccess_key = \"AKIA\"\nsecret_key = \"env:A\"", "readable by everyone"),
        ("url = \"s3://b\"\nallow_http = \"yes\"", "true or false"),
    ] {
        let error = parsed(&format!("{head}{lines}\n")).expect_err(lines);
        assert!(error.message.contains(word) || error.help.contains(word), "{lines}: {}", error.message);
    }
    let allowed = "url = \"s3://b\"\nendpoint = \"http://storage.example.org\"\nallow_http = true\n";
    assert!(parsed(&format!("{head}{allowed}")).is_ok());
}

#[test]
fn mariadb_is_read_by_the_kind_mysql() {
    let error = parsed("[[connection]]\nname = \"a\"\nkind = \"mariadb\"\nurl = \"mysql://u@h/d\"\n");
    assert_eq!(error.expect_err("one word").help, "did you mean \"mysql\"?");
}

#[test]
fn the_reference_page_is_current() {
    crate::reference::is_current("connections.md", &super::render_reference());
}

const REST: &str = "[[connection]]\nname = \"app\"\nkind = \"rest\"\nurl = \"https://api.example.org/v2/\"\n";
const CONTACTS: &str = "[[connection.resource]]\ntable = \"contacts\"\npath = \"/contacts\"\n";

#[test]
fn an_application_is_read_and_written() {
    let body = format!(
        "{REST}header = \"X-Key\"\nkey = \"env:K\"\nlimits = {{ seconds = 3 }}\n{CONTACTS}rows = \"/data\"\n\
         columns = {{ id = \"whole\", \"a b\" = \"text\" }}\nfilters = {{ id = \"id\", \"id >=\" = \"from\" }}\n\
         paging = \"cursor\"\nnext = \"/meta/next\"\nsize = 50\n{}columns = {{ x = \"truth\" }}\npaging = \"offset\"\n",
        CONTACTS.replace("table = \"contacts\"", "table = \"again\"")
    );
    let config = parsed(&body).unwrap_or_else(|e| panic!("{}", e.message));
    let rest = config.connections[0].rest.as_ref().expect("an application");
    assert_eq!((rest.url.as_str(), rest.resources.len()), ("https://api.example.org/v2", 2));
    assert_eq!(
        rest.resources[0].columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["id", "a b"]
    );
    assert_eq!(rest.resources[1].paging, super::Paging::Offset("offset".into(), 0));
    let again = parse(&config.to_toml(), "kith.toml")
        .unwrap_or_else(|e| panic!("{}: {}", e.message, config.to_toml()));
    assert_eq!(again.connections, config.connections);
}

#[test]
fn what_makes_no_sense_of_an_application_is_refused() {
    let good = format!("{CONTACTS}columns = {{ id = \"whole\" }}\n");
    assert!(parsed(&format!("{REST}{good}")).is_ok());
    for (body, code, word) in [
        (REST.to_string(), "K-CONFIG-MISSING", "has no table"),
        (format!("{REST}{CONTACTS}"), "K-CONFIG-MISSING", "has no columns"),
        (format!("{REST}bearer = \"s3cret\"\n{good}"), "K-CONFIG-SECRET", "stands in the file"),
        (format!("{REST}username = \"ann\"\n{good}"), "K-CONFIG-VALUE", "needs \"password\""),
        (
            format!("{REST}bearer = \"env:A\"\nheader = \"X\"\nkey = \"env:B\"\n{good}"),
            "K-CONFIG-VALUE",
            "more than one",
        ),
        (format!("{REST}path = \"x\"\n{good}"), "K-CONFIG-KEY", "has no \"path\""),
        (format!("{}{good}", REST.replace("https", "http")), "K-CONFIG-VALUE", "unencrypted"),
        (
            format!("{}{good}", REST.replace("api.", "u:p@api.")),
            "K-CONFIG-VALUE",
            "not one of an application",
        ),
        (format!("{REST}{}", good.replace("/contacts", "../x")), "K-CONFIG-VALUE", "not one of a resource"),
        (format!("{REST}{}", good.replace("whole", "wholly")), "K-CONFIG-VALUE", "can hold"),
        (format!("{REST}{good}filters = {{ no = \"no\" }}"), "K-CONFIG-VALUE", "no column"),
        (format!("{REST}{good}paging = \"cursor\""), "K-CONFIG-MISSING", "has no \"next\""),
        (format!("{REST}{good}paging = \"pages\""), "K-CONFIG-VALUE", "not a way"),
        (format!("{REST}{good}{good}"), "K-CONFIG-DUPLICATE", "two tables"),
        (
            format!("[[connection]]\nname = \"a\"\nkind = \"sqlite\"\npath = \"a\"\n{good}"),
            "K-CONFIG-KEY",
            "resource",
        ),
    ] {
        let error = parsed(&body).expect_err(&body);
        assert!(
            error.code == code && error.message.contains(word),
            "{body}: {} {}",
            error.code,
            error.message
        );
    }
}

const TAP: &str = "[[connection]]\nname = \"crm\"\nkind = \"singer\"\ncommand = [\"tap-zendesk\", \"-v\"]\n";

#[test]
fn a_program_is_read_and_written() {
    let more = "config = { subdomain = \"acme\", \"api_token\" = \"env:T\", since = 2026-01-31, n = -1_000, list = [1.5, { x = true }], \
                token_url = \"https://x\" }\nenvironment = { A = \"b\", B = \"file:c\" }\ntables = [\"users\"]\nlimits = { seconds = 700 }\n";
    let config = parsed(&format!("{TAP}{more}")).expect("read");
    let tap = config.connections[0].tap.as_ref().expect("a program");
    let usual = parsed(TAP).expect("read").connections[0].limits.seconds;
    assert_eq!((usual, config.connections[0].limits.seconds), (600, 700));
    let said = serde_json::Value::Object(tap.config.clone()).to_string();
    for part in ["\"since\":\"2026-01-31\"", "\"n\":-1000", "[1.5,{\"x\":true}]", "\"env:T\""] {
        assert!(said.contains(part), "{said}");
    }
    let again = parse(&config.to_toml(), "kith.toml")
        .unwrap_or_else(|e| panic!("{}: {}", e.message, config.to_toml()));
    assert_eq!(again.connections, config.connections);
}

#[test]
fn what_makes_no_sense_of_a_program_is_refused() {
    for (body, code, word) in [
        (TAP.replace("command = [\"tap-zendesk\", \"-v\"]", ""), "K-CONFIG-MISSING", "has no \"command\""),
        (TAP.replace("[\"tap-zendesk\", \"-v\"]", "[]"), "K-CONFIG-TYPE", "command"),
        (format!("{TAP}config = {{ api_token = \"4711\" }}"), "K-CONFIG-SECRET", "stands in the file"),
        (
            format!("{TAP}config = {{ a = [{{ password = \"4711\" }}] }}"),
            "K-CONFIG-SECRET",
            "stands in the file",
        ),
        (format!("{TAP}environment = {{ MY_SECRET = \"4711\" }}"), "K-CONFIG-SECRET", "stands in the file"),
        (format!("{TAP}environment = {{ \"a-b\" = \"4711\" }}"), "K-CONFIG-VALUE", "name of a variable"),
        (format!("{TAP}config = {{ a = 1 }}\nconfig_file = \"x.json\""), "K-CONFIG-KEY", "not both"),
        (format!("{TAP}config = {{ a = nan }}"), "K-CONFIG-TYPE", "JSON"),
        (format!("{TAP}url = \"x\""), "K-CONFIG-KEY", "has no \"url\""),
        (
            "[[connection]]\nname = \"a\"\nkind = \"sqlite\"\npath = \"a\"\ncommand = \"x\"".into(),
            "K-CONFIG-KEY",
            "command",
        ),
    ] {
        let error = parsed(&body).expect_err(&body);
        assert!(
            error.code == code && error.message.contains(word),
            "{body}: {} {}",
            error.code,
            error.message
        );
    }
}

#[test]
fn a_server_of_flight_sql_is_read_and_written() {
    let head = "[[connection]]\nname = \"dw\"\nkind = \"flight\"\n";
    let body = format!(
        "{head}url = \"grpc+tls://dw.example.org:443/\"\nusername = \"ann\"\npassword = \"env:P\"\nca = \"ca.pem\"\ntables = [\"t\"]\n"
    );
    let config = parsed(&body).expect("read");
    assert_eq!(
        config.connections[0].flight.as_ref().expect("a server").url(),
        "grpc+tls://dw.example.org:443"
    );
    let again = parse(&config.to_toml(), "kith.toml")
        .unwrap_or_else(|e| panic!("{}: {}", e.message, config.to_toml()));
    assert_eq!(again.connections, config.connections);
    for (lines, code, word) in [
        ("", "K-CONFIG-MISSING", "has no \"url\""),
        ("url = \"https://x\"", "K-CONFIG-VALUE", "not one of Flight SQL"),
        ("url = \"grpc+tls://ann:s3cret@x:1\"", "K-CONFIG-VALUE", "not one of Flight SQL"),
        ("url = \"grpc://dw.example.org:1\"", "K-CONFIG-VALUE", "unencrypted"),
        ("url = \"grpc://localhost:1\"\nbearer = \"s3cret\"", "K-CONFIG-SECRET", "stands in the file"),
        ("url = \"grpc://localhost:1\"\nheader = \"X\"\nkey = \"env:A\"", "K-CONFIG-KEY", "header"),
    ] {
        let error = parsed(&format!("{head}{lines}\n")).expect_err(lines);
        assert!(
            error.code == code && error.message.contains(word),
            "{lines}: {} {}",
            error.code,
            error.message
        );
    }
}

#[test]
fn a_clickhouse_server_is_read_and_written() {
    let head = "[[connection]]\nname = \"ch\"\nkind = \"clickhouse\"\n";
    let config = parsed(&format!(
        "{head}url = \"https://ch.example.org:8443/shop\"\nusername = \"ann\"\npassword = \"env:P\"\ntables = [\"t\"]\n"
    ));
    let config = config.expect("read");
    let again = parse(&config.to_toml(), "kith.toml")
        .unwrap_or_else(|e| panic!("{}: {}", e.message, config.to_toml()));
    assert_eq!(again.connections, config.connections);
    for (lines, code) in [
        ("", "K-CONFIG-MISSING"),
        ("url = \"http://ch.example.org:8123\"", "K-CONFIG-VALUE"),
        ("url = \"https://x\"\npassword = \"plain\"", "K-CONFIG-SECRET"),
        ("url = \"https://x\"\npath = \"x\"", "K-CONFIG-KEY"),
    ] {
        assert_eq!(parsed(&format!("{head}{lines}\n")).expect_err(lines).code, code, "{lines}");
    }
}
