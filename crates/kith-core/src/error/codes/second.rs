//! Codes from M to Z.

use super::codes;

codes! {
    "K-MODEL-FIT" User once
        "The matching model does not fit the records."
        "If sources or their fields have changed, estimate it anew: `kith run --retrain`.";
    "K-MODEL-FORM" User once
        "model.toml is not a matching model."
        "Correct it, or remove it and run `kith run`, which writes a new one.";
    "K-MODEL-NONE" User once
        "There is no matching model yet."
        "Run `kith run` first.";
    "K-MODEL-READ" External once
        "model.toml can not be read."
        "Check its rights.";
    "K-MODEL-WRITE" External retry
        "model.toml can not be written."
        "Check the folder's rights and the disk.";
    "K-PAIRS-PATTERN" User once
        "What was asked for is not a pattern of agreement."
        "Take the id of a pattern as GET /v1/model/pairs has it, such as 1.3.0.2.";
    "K-PLAN-EVENT" User once
        "An event is not in the tracking plan of its source."
        "Correct its name at the sender, or add it to the plan and replay it: `kith events replay`.";
    "K-PLAN-FILE" User once
        "A tracking plan can not be read."
        "Correct the place that the message names; `kith events plan` writes a plan that can be read.";
    "K-PLAN-INVALID" User once
        "An event is not as its tracking plan says."
        "Correct the sender, or the plan, and replay it: `kith events replay`.";
    "K-PLAN-PROPERTY" User once
        "An event has a property that its tracking plan does not name."
        "Correct the sender, or add the property to the plan, and replay it: `kith events replay`.";
    "K-POLICY-BAD" User once
        "A policy can not be understood; until it is mended, only owners see anything."
        "Mend the line that the message names; `kith policy check` tries it.";
    "K-POLICY-DENIED" User once
        "The roles of whoever asks do not let them do this."
        "Ask whoever keeps the policies; `kith policy show` prints them.";
    "K-POLICY-ROWS" User once
        "The row filter of a policy does not fit its table, so the table is not read."
        "Whoever keeps the policies must mend the filter.";
    "K-PREVIEW-STALE" User once
        "What would happen now is not what was previewed: records, decisions or the model have changed since."
        "Look at a new preview, then promote with its digest.";
    "K-PUSH-KEY" User once
        "Records are sent to a source without a key, so they can not be told apart."
        "Give the source a key in kith.toml.";
    "K-PUSH-TOO-MANY" User once
        "More records in one sending than are taken."
        "Send them in parts.";
    "K-REPLAY-PATCH" User once
        "What is to be changed in refused events can not be applied."
        "Send a JSON object of the members to set, such as {\"event\": \"Order Completed\"}.";
    "K-REPLAY-REASON" User once
        "Refused events are to be discarded, and nobody says why."
        "Give a reason: it is kept.";
    "K-RESOLVE-TOO-MANY" User once
        "More than 4,294,967,295 records can not be resolved."
        "Split the data into several projects.";
    "K-SCAN-ANSWER" External once
        "What an application answers is not the table that its connection says."
        "Compare rows, columns and paging of the [[connection.resource]] with what the application answers.";
    "K-SCAN-DOWN" External retry
        "A database that a query reads in place can not be reached."
        "Start it, or check the address, the password and the network; `kith doctor` tries each connection.";
    "K-SCAN-FILE" External once
        "A file that a query reads in place is not what its name says, or is damaged."
        "Write the file again, or take it out of the folder; the message names it.";
    "K-SCAN-LIMIT" User once
        "A scan of a database met a limit of its connection."
        "Ask for less, or raise the limit in `limits` of the [[connection]].";
    "K-SCAN-NO-CONNECTION" User once
        "No connection has this name."
        "`GET /v1/connections` lists those that there are.";
    "K-SCAN-REFUSED" External once
        "A database refused what a query asked of it."
        "Give the connection's user the right to read, or look into the database's log.";
    "K-SCAN-SCHEMA" External retry
        "A table of a database is not as it was when the query was planned."
        "Ask again: the table is then looked at anew.";
    "K-SCAN-SLOW" External retry
        "A database took longer to answer than its connection allows."
        "Ask for less, or raise `seconds` in `limits` of the [[connection]].";
    "K-SCAN-TLS" External once
        "A database can not be reached as safely as its connection asks."
        "Switch TLS on at the server, name its authority with `ca`, or write what is enough into `sslmode`.";
    "K-SCAN-TYPE" External once
        "A database gave a value that its column's type can not hold."
        "Correct the value at the source, or leave the column out of the query.";
    "K-SEARCH-FAILED" External retry
        "The search index failed."
        "Run `kith rebuild`, which makes it again from the log.";
    "K-SERVE-ADDRESS" User retry
        "The server can not listen on that address."
        "Choose another address or port, or stop the program that has it.";
    "K-SERVE-EXPOSED" User once
        "The server would be open to the network without protection."
        "Do as the message says, or listen on 127.0.0.1.";
    "K-SERVE-TLS" User once
        "The certificate or the key of the server can not be used."
        "Give a certificate and its key in PEM, by --sql-tls-certificate and --sql-tls-key.";
    "K-SIGN-ON-ISSUER" External retry
        "The keys of the issuer of `[sign_on]` can not be had, so nobody with a token of it is let in."
        "The server's log says why; look at the issuer, and at `issuer` in kith.toml.";
    "K-SIGN-ON-ROLE" User once
        "The issuer knows this person, and none of the claims gives a role here."
        "Ask whoever keeps `[sign_on.roles]` in kith.toml, or the groups at the issuer.";
    "K-SOURCE-COLUMN" User once
        "The configuration names a column that the source does not have."
        "Correct the name, or remove it from kith.toml.";
    "K-SOURCE-CSV" External once
        "A file is not a CSV table."
        "Check the file, its delimiter and its encoding.";
    "K-SOURCE-DATABASE" External retry
        "The database reported an error."
        "See its own message.";
    "K-SOURCE-ENCODING" User once
        "The stated character encoding is not known."
        "Use a WHATWG label such as utf-8 or windows-1252.";
    "K-SOURCE-GZIP" External once
        "A compressed file is damaged or cut off."
        "Copy or export the file again.";
    "K-SOURCE-KIND" User once
        "It is not known how to read a source."
        "State kind = csv, ndjson, parquet, sqlite, postgres, connection, push, events, nats or kafka.";
    "K-SOURCE-MISSING" User once
        "The file of a source does not exist."
        "Correct the path in kith.toml.";
    "K-SOURCE-NDJSON" External once
        "A file does not hold one JSON object a line."
        "Export it as newline-delimited JSON.";
    "K-SOURCE-PARQUET" External once
        "A Parquet file is damaged, cut off or of another kind."
        "Copy or export the file again.";
    "K-SOURCE-PASSWORD" User once
        "The database refused the user or the password."
        "Check user and password.";
    "K-SOURCE-SECRET" User once
        "The place that a password is taken from holds none, or the password stands in the URL."
        "Set the environment variable or write the file that kith.toml refers to.";
    "K-SOURCE-SQLITE" External once
        "A file is not a SQLite database, or it can not be read."
        "Check the path and the file.";
    "K-SOURCE-TABLE" User once
        "The database has no such table."
        "Correct `table` in kith.toml.";
    "K-SOURCE-UNKNOWN" User once
        "kith.toml has no source of that name."
        "Use a name of those that the message lists.";
    "K-SOURCE-UNREACHABLE" External retry
        "The database server does not answer."
        "Check host, port and network; see that the server is running.";
    "K-SOURCE-UNREADABLE" External retry
        "The file of a source can not be read."
        "Check permissions and disk.";
    "K-SQL-CANCELLED" User retry
        "A query was ended before its last row: by its name, or because its client left."
        "Ask again if you need the answer.";
    "K-SQL-FAILED" External retry
        "A query failed while it ran."
        "If a lake table can not be read, `kith verify` says which and `kith rebuild` mends it.";
    "K-SQL-MEMORY" User once
        "A query needed more memory than it may have."
        "Read fewer rows or columns: add a WHERE, or aggregate before you sort or join.";
    "K-SQL-NO-QUERY" User once
        "No query with this name runs."
        "It may have come to its end; list those that run.";
    "K-SQL-PLAN" User once
        "A query names something that is not there, or compares what can not be compared."
        "`SHOW TABLES` lists the tables, `DESCRIBE master.customer` the columns of one.";
    "K-SQL-READ-ONLY" User once
        "A statement would change something, and queries only read."
        "Use SELECT, EXPLAIN, SHOW or DESCRIBE; to change data, change the source and run `kith run`.";
    "K-SQL-SYNTAX" User once
        "A query is not SQL that can be read."
        "Correct the query at the place shown.";
    "K-SQL-TIMEOUT" User once
        "A query took too long and was stopped."
        "Read fewer rows, or raise the limit.";
    "K-SQL-UNSUPPORTED" User once
        "A query uses SQL that the engine does not have."
        "Say it in another way.";
    "K-SQL-WRITE" External retry
        "The result of a query can not be written."
        "Check that the folder exists, that you may write there, and that the disk has room.";
    "K-STORE-FAILED" External retry
        "The node store failed."
        "Check the disk; `kith rebuild` makes the store again from the log.";
    "K-STREAM-AWAY" External retry
        "The servers of a stream do not answer."
        "Check addresses, network and servers; Kith tries again by itself and goes on where it was.";
    "K-STREAM-CLOSED" External retry
        "A stream is not followed any more, since no events can be kept."
        "The server's log says why, mostly a failing disk. Mend it and start Kith again: it goes on where it was.";
    "K-STREAM-CONSUMER" User once
        "The consumer of NATS is not one that Kith can use."
        "Name another one under `consumer`, or delete it on the server: Kith makes it as it needs it.";
    "K-STREAM-GAP" External once
        "Kafka deleted messages before Kith had read them."
        "Keep messages longer in Kafka, or find out why Kith was away for so long; send their events again.";
    "K-STREAM-LOGIN" User once
        "The servers of a stream do not let Kith in."
        "Check user, password, token or credentials of the source, and what that user may do.";
    "K-STREAM-MISSING" User retry
        "The servers have no such stream or topic."
        "Make it there, or correct its name in kith.toml; Kith looks again by itself.";
    "K-STREAM-OFFSETS" External retry
        "The file that says how far Kafka's topics are read can not be written."
        "Check rights and room of the data directory; until then a restart reads some messages again, which count once.";
    "K-STREAM-TLS" User once
        "The certificates that servers of a stream are checked with can not be read."
        "Check tls_ca, a file of certificates in PEM.";
    "K-STREAM-UNREADABLE" External once
        "Messages of Kafka can not be decoded, and were stepped over."
        "Kafka still has them: send their events again in another way.";
    "K-TOKEN-FILE" External once
        "The file of tokens can not be read."
        "Check its rights; or remove it and make new tokens.";
    "K-TOKEN-NAME" User once
        "A token can not have this name."
        "Choose another name.";
    "K-TOKEN-RANDOM" External retry
        "The system gave no random numbers for a token."
        "Try again.";
    "K-TOKEN-TAKEN" User once
        "There is a token of this name."
        "Choose another name, or revoke that token first.";
    "K-TOKEN-UNKNOWN" User once
        "There is no token of this name."
        "`kith token list` names the tokens.";
    "K-USER-FILE" External once
        "The file of users can not be read."
        "Check its rights; or remove it and add the users anew.";
    "K-USER-NAME" User once
        "A user can not have this name."
        "Use small letters, digits, '.', '_' and '-'.";
    "K-USER-PASSWORD" User once
        "This can not be a password."
        "Use 12 to 200 letters, digits and signs of ASCII; or let `kith user add` make one.";
    "K-USER-RANDOM" External retry
        "The system gave no random numbers for a password."
        "Try again.";
    "K-USER-TAKEN" User once
        "There is a user of this name."
        "Choose another name, or remove that user first.";
    "K-USER-UNKNOWN" User once
        "There is no user of this name."
        "`kith user list` names the users.";
    "K-VERIFY-DISAGREES" Internal once
        "A view disagrees with the log."
        "Run `kith rebuild`, and please report it.";
    "K-VIEW-BAD" User once
        "A view, or its contract, can not be used."
        "Mend its file in the folder views.";
    "K-VIEW-BROKEN" External once
        "A view is not what its contract promises."
        "Mend the data, the view, or what it promises.";
    "K-VIEW-NAME" User once
        "A view can not have this name, or there is none of it."
        "Use small letters, digits and '_'; `kith view list` names those that are there.";
}
