//! Which tables `pg_catalog` has, and their columns, as PostgreSQL 15 has them.

/// Tables that clients ask for, and their columns (see `rows`). Those that nothing fills are empty: there are no indexes,
/// constraints, triggers, partitions, publications or foreign tables.
#[rustfmt::skip]
pub(super) const TABLES: &[(&str, &str)] = &[
    ("pg_namespace", "oid:i nspname:t nspowner:i nspacl:a"),
    ("pg_class", "oid:i relname:t relnamespace:i reltype:i reloftype:i relowner:i relam:i relfilenode:i reltablespace:i relpages:i \
        reltuples:f relallvisible:i reltoastrelid:i relhasindex:b relisshared:b relpersistence:t relkind:t relnatts:s relchecks:s \
        relhasrules:b relhastriggers:b relhassubclass:b relrowsecurity:b relforcerowsecurity:b relispopulated:b relreplident:t \
        relispartition:b relrewrite:i relfrozenxid:i relminmxid:i relacl:a reloptions:a relpartbound:t relhasoids:b"),
    ("pg_attribute", "attrelid:i attname:t atttypid:i attstattarget:i attlen:s attnum:s attndims:i attcacheoff:i atttypmod:i attbyval:b \
        attalign:t attstorage:t attcompression:t attnotnull:b atthasdef:b atthasmissing:b attidentity:t attgenerated:t attisdropped:b \
        attislocal:b attinhcount:i attcollation:i attacl:a attoptions:a attfdwoptions:a"),
    ("pg_type", "oid:i typname:t typnamespace:i typowner:i typlen:s typbyval:b typtype:t typcategory:t typispreferred:b typisdefined:b \
        typdelim:t typrelid:i typsubscript:t typelem:i typarray:i typinput:t typoutput:t typreceive:t typsend:t typnotnull:b \
        typbasetype:i typtypmod:i typndims:i typcollation:i typdefault:t typacl:a"),
    ("pg_database", "oid:i datname:t datdba:i encoding:i datlocprovider:t datistemplate:b datallowconn:b datconnlimit:i dattablespace:i \
        datcollate:t datctype:t daticulocale:t datcollversion:t datacl:a"),
    ("pg_roles", "oid:i rolname:t rolsuper:b rolinherit:b rolcreaterole:b rolcreatedb:b rolcanlogin:b rolreplication:b rolconnlimit:i \
        rolpassword:t rolvaliduntil:t rolbypassrls:b rolconfig:a"),
    ("pg_user", "usename:t usesysid:i usecreatedb:b usesuper:b userepl:b usebypassrls:b passwd:t"),
    ("pg_tables", "schemaname:t tablename:t tableowner:t tablespace:t hasindexes:b hasrules:b hastriggers:b rowsecurity:b"),
    ("pg_views", "schemaname:t viewname:t viewowner:t definition:t"),
    ("pg_matviews", "schemaname:t matviewname:t matviewowner:t definition:t"),
    ("pg_indexes", "schemaname:t tablename:t indexname:t tablespace:t indexdef:t"),
    ("pg_index", "indexrelid:i indrelid:i indnatts:s indnkeyatts:s indisunique:b indnullsnotdistinct:b indisprimary:b indisexclusion:b \
        indimmediate:b indisclustered:b indisvalid:b indcheckxmin:b indisready:b indislive:b indisreplident:b indkey:v indcollation:v \
        indclass:v indoption:v indexprs:t indpred:t"),
    ("pg_constraint", "oid:i conname:t connamespace:i contype:t condeferrable:b condeferred:b convalidated:b conrelid:i contypid:i \
        conindid:i conparentid:i confrelid:i confupdtype:t confdeltype:t confmatchtype:t conislocal:b coninhcount:i connoinherit:b \
        conkey:v confkey:v conbin:t"),
    ("pg_description", "objoid:i classoid:i objsubid:i description:t"),
    ("pg_shdescription", "objoid:i classoid:i description:t"),
    ("pg_attrdef", "oid:i adrelid:i adnum:s adbin:t"),
    ("pg_proc", "oid:i proname:t pronamespace:i proowner:i prolang:i procost:f prorows:f provariadic:i prosupport:t prokind:t \
        prosecdef:b proleakproof:b proisstrict:b proretset:b provolatile:t proparallel:t pronargs:s pronargdefaults:s prorettype:i \
        proargtypes:v proallargtypes:v proargmodes:a proargnames:a prosrc:t probin:t proacl:a"),
    ("pg_am", "oid:i amname:t amhandler:t amtype:t"),
    ("pg_settings", "name:t setting:t unit:t category:t short_desc:t context:t vartype:t source:t"),
    ("pg_inherits", "inhrelid:i inhparent:i inhseqno:i inhdetachpending:b"),
    ("pg_trigger", "oid:i tgrelid:i tgparentid:i tgname:t tgfoid:i tgtype:s tgenabled:t tgisinternal:b tgconstraint:i"),
    ("pg_rewrite", "oid:i rulename:t ev_class:i ev_type:t ev_enabled:t is_instead:b"),
    ("pg_policy", "oid:i polname:t polrelid:i polcmd:t polpermissive:b polroles:t polqual:t polwithcheck:t"),
    ("pg_statistic_ext", "oid:i stxrelid:i stxname:t stxnamespace:i stxkind:a stxstattarget:i stxkeys:v"),
    ("pg_publication", "oid:i pubname:t puballtables:b"),
    ("pg_publication_rel", "oid:i prpubid:i prrelid:i prqual:t prattrs:v"),
    ("pg_publication_namespace", "oid:i pnpubid:i pnnspid:i"),
    ("pg_collation", "oid:i collname:t collnamespace:i collprovider:t collisdeterministic:b collencoding:i collcollate:t"),
    ("pg_language", "oid:i lanname:t"),
    ("pg_depend", "classid:i objid:i objsubid:i refclassid:i refobjid:i refobjsubid:i deptype:t"),
    ("pg_enum", "oid:i enumtypid:i enumsortorder:f enumlabel:t"),
    ("pg_range", "rngtypid:i rngsubtype:i rngcollation:i rngsubopc:i"),
    ("pg_extension", "oid:i extname:t extnamespace:i extversion:t"),
    ("pg_foreign_table", "ftrelid:i ftserver:i ftoptions:a"),
    ("pg_foreign_server", "oid:i srvname:t srvowner:i"),
    ("pg_tablespace", "oid:i spcname:t spcowner:i spcacl:a spcoptions:a"),
    ("pg_sequence", "seqrelid:i seqtypid:i seqstart:i seqincrement:i seqmax:i seqmin:i seqcache:i seqcycle:b"),
    ("pg_opclass", "oid:i opcname:t opcdefault:b opcmethod:i"),
    // In place of generate_series, where only lists of what is not here are looked into.
    ("pg_series", "n:i"),
    ("pg_auth_members", "roleid:i member:i grantor:i admin_option:b"),
];

/// Those that are always empty here: what is asked of them alone is known without asking.
#[rustfmt::skip]
pub(super) const EMPTY: &[&str] = &[
    "pg_attrdef", "pg_collation", "pg_inherits", "pg_policy", "pg_trigger", "pg_statistic_ext", "pg_publication",
    "pg_publication_rel", "pg_publication_namespace", "pg_index", "pg_constraint", "pg_description", "pg_shdescription",
    "pg_rewrite", "pg_depend", "pg_enum", "pg_range", "pg_foreign_table", "pg_foreign_server", "pg_sequence", "pg_proc",
    "pg_series", "pg_auth_members", "pg_opclass", "pg_extension",
];
