//! The keys of a connection.

/// The keys of a connection, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    ("name", "text", "required", "The schema of its tables in SQL: `SELECT … FROM shop.orders`."),
    (
        "kind",
        "text",
        "required",
        "`postgres`, `mysql` (MariaDB too), `sqlite`, `files`, `rest`, `clickhouse`, `flight`, `singer` or `airbyte`.",
    ),
    (
        "url",
        "text",
        "required for databases but sqlite",
        "The database: `postgres://reader@host/shop`, `mysql://reader@host/shop`, or `env:NAME`.",
    ),
    ("url", "text", "none", "Of files in object storage: `s3://bucket/prefix`, instead of a `path`."),
    (
        "url",
        "text",
        "required for rest",
        "The application: `https://api.example.org/v2`; paths stand behind it.",
    ),
    (
        "url",
        "text",
        "required for clickhouse",
        "The HTTP address of the server and the database behind it: `https://ch.example.org:8443/shop`.",
    ),
    (
        "url",
        "text",
        "required for flight",
        "The server of Arrow Flight SQL: `grpc+tls://warehouse.example.org:443`, `grpc://localhost:31337`.",
    ),
    ("password", "reference", "none", "Its password: `env:NAME` or `file:PATH`."),
    (
        "bearer",
        "reference",
        "none",
        "Of rest, clickhouse and flight the token that is sent as `Authorization: Bearer`: `env:NAME` or `file:PATH`.",
    ),
    ("username", "text", "none", "Of rest, clickhouse and flight the user for whom `password` is sent."),
    ("header", "text", "none", "Of rest and clickhouse the header in which `key` is sent: `X-Api-Key`."),
    ("key", "reference", "none", "What is sent in `header`: `env:NAME` or `file:PATH`."),
    (
        "sslmode",
        "text",
        "`verify-full`; on this machine `disable`",
        "`verify-full`: encrypted, and the server has a certificate of an authority for its name. `require`: encrypted, and nobody \
         knows with whom. `disable`: readable on the way.",
    ),
    (
        "ca",
        "path",
        "the system's",
        "A file with the authorities that may sign for the server, PEM; relative to `kith.toml`.",
    ),
    (
        "command",
        "list",
        "required for singer, airbyte",
        "The program that gives out rows, and what stands before the arguments of the protocol: `[\"tap-zendesk\"]`, \
         `[\"docker\", \"run\", \"--rm\", …]`. With a slash in its name it is found from the folder of `kith.toml`.",
    ),
    (
        "config",
        "table",
        "none",
        "What the program is told, in its own words: `{ subdomain = \"acme\", api_token = \"env:ZENDESK_TOKEN\" }`. Texts that begin \
         with `env:` or `file:` are references; passwords, tokens and keys have to be.",
    ),
    ("config_file", "path", "none", "A file with what it is told, JSON, instead of `config`."),
    (
        "environment",
        "table",
        "none",
        "Variables of its environment: `{ NAME = \"env:OTHER\" }`. Of ours it has `PATH`, `HOME`, `LANG`, `TZ`, `TMPDIR` and those of proxies, no others.",
    ),
    (
        "catalog",
        "truth",
        "`true`",
        "Of singer whether the tap is told which stream to read. `false` for those that can not be: they read all, and the others are left out here.",
    ),
    ("path", "path", "required for sqlite", "The file, relative to `kith.toml`; of files their folder."),
    ("endpoint", "text", "that of AWS", "The address of object storage: `https://storage.example.org`."),
    ("region", "text", "`us-east-1`", "The region of object storage."),
    (
        "access_key",
        "reference",
        "none: unsigned",
        "The id of the key for object storage: `env:NAME` or `file:PATH`.",
    ),
    ("secret_key", "reference", "none: unsigned", "The secret half of that key: `env:NAME` or `file:PATH`."),
    (
        "allow_http",
        "truth",
        "`false`",
        "Whether `endpoint`, or the `url` of rest or flight, may be without TLS where it is not this machine: names, keys of tables and data then cross the \
         network unencrypted.",
    ),
    (
        "tables",
        "list",
        "all that are there",
        "The tables that can be read. Of PostgreSQL those of the schema `public` by their name, others as `schema.table`.",
    ),
    ("limits", "table", "see below", "What one scan may take."),
    ("resource", "tables", "required for rest", "Its tables, each a `[[connection.resource]]`, see below."),
];
