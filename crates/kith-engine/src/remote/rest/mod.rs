//! Applications that answer with JSON over HTTP, whose resources SQL reads as tables.
//!
//! Reads:  the resources of a `[[connection]]` of kind `rest`, page by page, when a query names their table.
//! Decides: which conditions are asked of the application: those that the configuration says it can be asked, and no other. All
//!         of them are applied here again, so a filter that it takes no notice of changes no answer.
//! Writes: nothing; all requests are `GET`.
//! Fails:  `K-SCAN-…`, for the query that reads the resource.
//!
//! 1. [`schema`] gives a connection's resources to the catalogue; the session governs them as any other table.
//! 2. [`table`] takes filters, columns and the limit of a scan, and finds what of it can be asked.
//! 3. [`scan`] asks page after page within the connection's limits; when it is dropped, the request ends.
//! 4. [`http`] asks for one page: no redirect is followed, and no other host is ever asked.
//! 5. [`page`] makes rows of an answer, and [`paging`] says where the next ones are.

mod fault;
mod http;
mod page;
mod paging;
mod scan;
mod schema;
mod table;

pub(super) use http::{Caller, Pieces};
pub(super) use schema::Api;
