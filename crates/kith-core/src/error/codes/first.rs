//! Codes from A to L.

use super::codes;

codes! {
    "K-API-BODY" User once
        "The body of a request can not be read."
        "Send what GET /v1/openapi.json describes.";
    "K-API-BODY-SIZE" User once
        "The body of a request is too large."
        "Send a shorter body.";
    "K-API-CONTENT-TYPE" User once
        "The body of a request is not declared as JSON."
        "Send the header `Content-Type: application/json`.";
    "K-API-HOST" User once
        "The Host header names a host that this server is not known by."
        "Use the address that `kith serve` printed, or name the host when starting it.";
    "K-API-INTERNAL" Internal retry
        "The server failed while answering."
        "The server's log says what happened; if it happens again, please report it.";
    "K-API-METHOD" User once
        "The route does not know this HTTP method."
        "See GET /v1/openapi.json for the routes.";
    "K-API-PARAMETER" User once
        "A parameter of a request is missing or wrong."
        "Correct it as the message says; see GET /v1/openapi.json.";
    "K-API-ROUTE" User once
        "There is no such route."
        "See GET /v1/openapi.json for the routes.";
    "K-API-STREAMS" User retry
        "As many streams are open as may be."
        "Close one, or ask again later.";
    "K-API-TIMEOUT" User retry
        "The answer took too long and was given up."
        "Ask for less at once, for instance by a LIMIT or a condition, or try again later.";
    "K-API-TOKEN" User once
        "The request has no token, or one that does not count."
        "Send the header `Authorization: Bearer …`; `kith token create NAME` makes a token.";
    "K-AUDIT-CHANGED" External once
        "A line of the audit log is not as it was written."
        "Keep the folder as it is for whoever looks into it; a backup has the log as it was.";
    "K-AUDIT-READ" External retry
        "The audit log can not be read."
        "Check rights and disk.";
    "K-AUDIT-WRITE" External retry
        "What is asked can not be written down, so it is not answered."
        "Make room, or mend the rights of .kith/audit.";
    "K-BACKUP-DAMAGED" External once
        "A file of a backup is not as it was made."
        "Use another backup; `kith backup verify` lists what is damaged.";
    "K-BACKUP-DISK" External retry
        "A backup can not be written or read."
        "Check rights and room.";
    "K-BACKUP-LOG" External once
        "A backup was made of a project whose log is damaged."
        "Keep older backups; `kith verify` lists the damage.";
    "K-BACKUP-MOVING" External retry
        "Events were moved on faster than they could be copied."
        "Try again, or when less is sent.";
    "K-BACKUP-NONE" User once
        "The folder is no backup."
        "Name the folder of one backup, `kith-…`.";
    "K-BACKUP-NOTHING" User once
        "The project has nothing to back up yet."
        "Run `kith run` or `kith serve` first.";
    "K-BACKUP-TARGET" User once
        "A backup is restored to a new or empty folder only."
        "Name another folder.";
    "K-CATALOG-COLUMN" User once
        "A trait is read through a column that its catalogue does not have."
        "Correct `through` in kith.toml; `kith doctor` lists the columns.";
    "K-CATALOG-ITEM" User once
        "A catalogue has no item of that id."
        "Look for it with `kith sql`; `catalog.<name>` has all of them.";
    "K-CATALOG-TOO-MANY" User once
        "One sending holds too many items."
        "Send them in parts.";
    "K-CATALOG-UNKNOWN" User once
        "There is no catalogue of that name."
        "Name one of the [[catalog]] tables of kith.toml.";
    "K-CLI-IO" External retry
        "The command could not read its input or write its output."
        "Check the file, its rights and the disk.";
    "K-CLI-USAGE" User once
        "The command line is not understood."
        "See `kith help` and `kith help COMMAND`.";
    "K-CLUSTER-ADDRESS" User once
        "The address of a scheduler, or the name of an engine, is malformed."
        "Write host:port for a scheduler, ballista://host:port for an engine.";
    "K-CLUSTER-FAILED" External retry
        "A step of a spread resolution failed, also when it was run again."
        "Look at what the executors say on standard error; then run the command again.";
    "K-CLUSTER-FEATURE" User once
        "This kith was built without clusters."
        "Build it with the feature `cluster`, which is on by default.";
    "K-CLUSTER-PATH" User once
        "A file that one machine of a cluster wrote is not there for another."
        "Give --shared-dir a folder that all machines see under the same path and may write to.";
    "K-CLUSTER-SCHEDULER" External retry
        "No scheduler answers at the address."
        "Start one with `kith cluster scheduler`, and check address and network.";
    "K-CLUSTER-SILENT" External retry
        "The scheduler answers, but no executor takes its tasks."
        "Start executors with `kith cluster executor --scheduler HOST:PORT`, and look at what they say.";
    "K-CLUSTER-START" User once
        "A scheduler or an executor could not start, or has ended."
        "Check that the address is this machine's and its port free, and that the scheduler is up.";
    "K-COLLECT-BATCH" User once
        "A batch of events has no list of them."
        "Send an object with a list `batch`.";
    "K-COLLECT-BEHIND" Internal retry
        "The profiles do not show everything up to the demanded position yet."
        "Ask again; GET /v1/events/counts says how far behind they are.";
    "K-COLLECT-BUSY" Internal retry
        "More events arrive than Kith can keep at once; it takes none of this request."
        "Send the same request again after the seconds that Retry-After names, as every client library does.";
    "K-COLLECT-CONTEXT" User once
        "The named context is not declared."
        "Use the name of a [[context]] of kith.toml.";
    "K-COLLECT-DEPTH" User once
        "The body of a request is nested deeper than any event."
        "Send events as the client libraries make them.";
    "K-COLLECT-EMPTY" User once
        "A batch of events is empty."
        "Send at least one event.";
    "K-COLLECT-ENCODING" User once
        "The compression of a request can not be undone."
        "Send gzip, deflate or plain JSON, and name in Content-Encoding which.";
    "K-COLLECT-FULL" External retry
        "The disk is full, so no events are taken; everything else goes on."
        "Make room: clients send again by themselves, and Kith takes events again by itself.";
    "K-COLLECT-GEO" User once
        "The database of places can not be read."
        "Name a .mmdb file of cities or countries under [collect] geo_database, or take the line out.";
    "K-COLLECT-JSON" User once
        "The body of a request with events is not JSON."
        "Send one JSON object in UTF-8.";
    "K-COLLECT-KEY" User once
        "The request has no write key, or one that belongs to no source."
        "Send the write key of a source as the user name of Basic authentication or as `writeKey` in the body.";
    "K-COLLECT-LARGE" User once
        "A request with events is too large, or has too many of them."
        "Send several smaller requests.";
    "K-COLLECT-NOBODY" User once
        "No event of a request names anybody, so there is no profile to answer with."
        "Send a userId or an anonymousId, or say whose profile is wanted.";
    "K-COLLECT-NONE" User once
        "The project has no source of events."
        "Add one to kith.toml: [[source]] with name, kind = \"events\" and write_key.";
    "K-COLLECT-PAGE" User once
        "The place in a timeline is not one that a page named."
        "Leave `before` out for the first page, then use the `next` of the last answer.";
    "K-COLLECT-POSITION" User once
        "The demanded position is not in the log of events."
        "Use the position that an answer of the collection port gave in its header Kith-Position.";
    "K-COLLECT-SIGNATURE" User once
        "A request for a source whose requests are signed has no signature, or a wrong one."
        "Give the service that sends the secret of [source.webhook], and check the name of the header; a request older than five minutes is not taken either.";
    "K-COLLECT-SLOW" External retry
        "The body of a request with events did not arrive in time."
        "Send it again; every client library does so by itself.";
    "K-COLLECT-STOPPED" External retry
        "Kith can keep no events now."
        "The server's log says why, mostly a full or failing disk; clients send again by themselves.";
    "K-CONFIG-DUPLICATE" User once
        "Two sources in kith.toml have the same name."
        "Give each source its own name.";
    "K-CONFIG-FIELD" User once
        "kith.toml names a field that Kith does not know."
        "Use a field of the list in the message, mostly the one it suggests.";
    "K-CONFIG-KEY" User once
        "kith.toml has a key that means nothing where it stands."
        "Correct its spelling as suggested, or take it out.";
    "K-CONFIG-MISSING" User once
        "kith.toml, or something that it must say, is missing."
        "Make a project with `kith init FILE…`, or add what the message names.";
    "K-CONFIG-NAME" User once
        "A name in kith.toml can not be used for a path or in SQL."
        "Use 1 to 64 lower-case letters, digits and _, beginning with a letter.";
    "K-CONFIG-READ" External once
        "kith.toml can not be read."
        "Check its rights; it must be UTF-8.";
    "K-CONFIG-SECRET" User once
        "A password stands in kith.toml, where everyone who can read the file reads it."
        "Write `env:NAME` or `file:PATH` instead, and change the password.";
    "K-CONFIG-SYNTAX" User once
        "kith.toml is not valid TOML."
        "Correct the place shown; https://toml.io has the rules.";
    "K-CONFIG-TYPE" User once
        "A value in kith.toml is of the wrong type."
        "Write what the message expects: a text in quotes, a number, a list, a table.";
    "K-CONFIG-VALUE" User once
        "A value in kith.toml is not among those allowed."
        "Use a value as the message describes.";
    "K-COPY-BUSY" User retry
        "The table is being read into its copy already."
        "Wait for it; `kith copy list` shows when it has ended.";
    "K-COPY-COLUMN" User once
        "A table has no column that its [[copy]] names."
        "Correct `key` and `cursor` of the [[copy]] in kith.toml.";
    "K-COPY-DIFFERS" User once
        "The copy of a table is not what the table is."
        "`kith copy refresh TABLE` makes it again; what changed since it was taken differs, too.";
    "K-COPY-LIMIT" User once
        "This would be one copy of data too many."
        "`kith copy list` has them; take one out of kith.toml and run `kith copy expire`, or raise `max` of [copies].";
    "K-COPY-NONE" User once
        "There is no copy of a table that should have one."
        "`kith copy refresh TABLE` makes it; or set its mode to virtual in kith.toml.";
    "K-COPY-OLD" External retry
        "The copy of a table is older than it may be, and its [[copy]] says that queries are then refused."
        "`kith copy refresh TABLE` makes a new one; look why the last refresh failed.";
    "K-COPY-TRUTH" User once
        "A copy that is the truth is not deleted."
        "Set its mode to virtual, or take its [[copy]] out of kith.toml, first.";
    "K-COPY-UNKNOWN" User once
        "There is no copy of this name."
        "`kith copy list` has them; a [[copy]] in kith.toml makes one.";
    "K-DATA-BUSY" External retry
        "Another Kith process has the data directory."
        "Stop that process, or ask it over HTTP.";
    "K-DATA-DISK" External retry
        "The disk refused to read or write."
        "Check the disk's space, health and permissions, then start again.";
    "K-DATA-FORMAT" User once
        "The data directory was written by a newer Kith."
        "Use the newer Kith that wrote it.";
    "K-DECISION-AGAINST" User once
        "Decisions in force say the opposite."
        "Take back one of the decisions that the message names, or leave things as they are.";
    "K-DECISION-FORM" User once
        "A decision is not complete: it needs a reason, an author, and two different records or a value."
        "Say what the message asks for.";
    "K-DECISION-GONE" User once
        "There is no such decision in force."
        "`kith decisions --all` lists them, also those that were taken back.";
    "K-DECISION-KNOWN" User once
        "The same decision is in force already."
        "Nothing needs to be done; the message names it.";
    "K-DECISION-RECORD" User once
        "What was named is not exactly one record."
        "Name the record by its source and key, such as crm:17.";
    "K-DEDUPE-COLUMNS" User once
        "A meaning was given to a column that does not exist, or that Kith does not know."
        "Use a column and a field that the message lists.";
    "K-DEDUPE-CONFIDENCE" User once
        "The confidence given to `kith dedupe` is not between 0 and 1."
        "Use a probability such as 0.95.";
    "K-DEDUPE-FILES" User once
        "`kith dedupe` was given no file."
        "Name at least one CSV, NDJSON or Parquet file.";
    "K-DEDUPE-FRAME" User once
        "The data frame given to `kith.dedupe` in Python can not be read."
        "Give frames whose columns have different names and types that Arrow knows.";
    "K-DEDUPE-ID" User once
        "The column named as the record's id, or the record, does not exist."
        "Use one of the columns that the message lists, or an id out of the answer.";
    "K-DEDUPE-LINK-ONLY" User once
        "Only links between sources were asked for, and there is one source."
        "Give two files or a source column, or leave the option out.";
    "K-DEDUPE-NOTHING" User once
        "No column was recognised that records could be compared by."
        "Name columns after what they mean, such as first_name, email or phone.";
    "K-DEDUPE-SOURCES" User once
        "The column named as the source has too many different values."
        "Name a column that says which system a row comes from.";
    "K-DEDUPE-TRUTH" User once
        "The file of known matches can not be used."
        "It needs the columns record_id and entity_id.";
    "K-DEDUPE-WRITE" External retry
        "The result can not be written."
        "Check that the folder exists, that you may write there, and that the disk has room.";
    "K-DEMO-TRUTH" External once
        "The demo's file of known matches is gone or damaged."
        "Remove the demo's folder and run it again.";
    "K-DOCTOR-FOUND" User once
        "`kith doctor` found something that is not as it should be."
        "Do what stands beside each finding.";
    "K-EVENT-ID-LONG" User once
        "An id of an event is longer than 500 bytes."
        "Send the id that your own system uses for the person or group.";
    "K-EVENT-LARGE" User once
        "An event is larger than the limit."
        "Send less in it; large texts belong elsewhere, with a link to them.";
    "K-EVENT-LIMIT" User once
        "An event has too many properties or traits, or nests them too deep."
        "Send at most 300 of them, at most 64 deep.";
    "K-EVENT-MESSAGE-ID" User once
        "The message id of an event is too long or not a text that can be kept."
        "Send fewer than 100 characters, or none: Kith makes one.";
    "K-EVENT-NO-ID" User once
        "An event names neither a user nor a visitor."
        "Send a userId or an anonymousId.";
    "K-EVENT-NO-NAME" User once
        "A track event does not say what was done."
        "Send its name in `event`.";
    "K-EVENT-PAST" External retry
        "Events that the log has given up can not be read from the lake."
        "Run `kith verify` to see what is damaged; bring `.kith/lake/<tenant>/event` back from a backup.";
    "K-EVENT-SHAPE" User once
        "A part of an event has the wrong type."
        "Send what the message names; the field says where.";
    "K-EVENT-TYPE" User once
        "An event of a batch does not say which call it is."
        "Send `type`: track, identify, page, screen, group, alias or merge.";
    "K-EXPLAIN-SAME" User once
        "A record was to be compared with itself."
        "Name two different records.";
    "K-INIT-EXISTS" User once
        "There is a kith.toml already."
        "Edit it, or choose another folder.";
    "K-INIT-NO-CUSTOMERS" User once
        "No table with customers was found in what was named."
        "Name other files or tables, or write kith.toml by hand.";
    "K-INIT-NOTHING" User once
        "`kith init` was given no source."
        "Name files, folders or databases: `kith init crm.csv shop.db`.";
    "K-INIT-WRITE" External retry
        "kith.toml can not be written."
        "Check the folder's rights and the disk.";
    "K-INTERNAL-ENGINE" Internal once
        "The engine came to a state that should not exist."
        "Please report it, with the message and the log.";
    "K-INTERNAL-PANIC" Internal once
        "A defect of Kith ended the command."
        "Please report it, with the command and the lines above.";
    "K-LABEL-BAD" User once
        "labels.toml can not be understood, or not be written."
        "Mend the line that the message names; `kith label words` lists the words.";
    "K-LABEL-COLUMN" User once
        "A label is given to a column that is not there."
        "`kith label list` names tables and columns.";
    "K-LABEL-WORD" User once
        "A word is no label."
        "`kith label words` lists the words.";
    "K-LABELS-NONE" User once
        "A model is to learn from decisions, and nobody has decided about a pair."
        "Decide about some pairs first.";
    "K-LAKE-DIFFERS" Internal once
        "A lake table does not hold what the log says."
        "Write it anew with `kith rebuild`, and please report it.";
    "K-LAKE-READ" External retry
        "A lake table can not be read."
        "Run `kith verify` to see what is damaged, and `kith rebuild` to write the lake again from the log.";
    "K-LAKE-WRITE" External retry
        "A lake table can not be written."
        "Check free disk space and rights, then run `kith run` again.";
    "K-LAND-DUPLICATE-KEY" External once
        "Two rows of one pull have the same key; the second is refused."
        "Choose a key that is unique, or remove one of the rows.";
    "K-LAND-ENCODING" External once
        "A row holds bytes that are no text in the source's encoding."
        "State the right `encoding`, or correct the row.";
    "K-LAND-FIELDS" External once
        "A row has more or fewer fields than the header."
        "Correct the row; often a quote or delimiter is missing.";
    "K-LAND-JSON" External once
        "A line is not a JSON object."
        "Correct the line.";
    "K-LAND-KEY" External once
        "A row has no value in its key column."
        "Give the row a key, or choose another key column.";
    "K-LAND-TOO-LARGE" External once
        "A row is larger than the limit."
        "Leave the large column out.";
    "K-LOG-CLOSED" External once
        "The log is closed after a write that failed."
        "Mend the disk and start again; Kith recovers everything it had acknowledged.";
    "K-LOG-CORRUPT" External once
        "The log is damaged where it had been acknowledged."
        "Restore the log from a backup; do not edit it.";
    "K-LOG-FULL" External retry
        "The disk is full, so nothing more is taken."
        "Make room; Kith takes events again by itself.";
    "K-LOG-REFUSED" User once
        "The log refused an entry that it could not keep."
        "See the message for the limit.";
    "K-LOOKUP-CONFIDENCE" User once
        "The confidence of a look-up is not between 0 and 1."
        "Use a probability such as 0.95.";
    "K-LOOKUP-FORM" User once
        "The value of a look-up is empty or not of its type."
        "Correct the value; phone numbers without country code are read in the project's region.";
    "K-LOOKUP-JUNK" User once
        "The value of a look-up is a filler that links nobody."
        "Look the person up by another value.";
    "K-LOOKUP-NOBODY" User once
        "Nobody has this identifier."
        "Check it, or search by name.";
    "K-LOOKUP-TYPE" User once
        "This is not a type of identifier."
        "Use email, phone, customer_id, profile, or the name of a source with its record key.";
}
