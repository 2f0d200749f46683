//! Copies of tables at the command line and by the API; under a policy; and a process that is killed while it makes one.

use crate::http::{Request, send};
use crate::product::{Server, command, failed, kith, ok, project};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const TAP: &str = r#"
case "$*" in *--discover*)
  echo '{"streams": [{"tap_stream_id": "people", "key_properties": ["id"], "schema": {"properties":
    {"id": {"type": "integer"}, "mail": {"type": "string"}}}}]}'
  exit;;
esac
i=0
while [ "$i" -lt "$(cat rows)" ]; do
  i=$((i + 1))
  echo '{"type": "RECORD", "stream": "people", "record": {"id": '$i', "mail": "p'$i'@x.example"}}'
done
[ ! -e hangs ] || sleep 60
"#;

fn with_copy(dir: &Path, mode: &str) {
    let text = std::fs::read_to_string(dir.join("kith.toml")).expect("read");
    let text = text.split("\n# copies\n").next().expect("a text").to_string();
    let more = format!(
        "\n# copies\n[[connection]]\nname = \"crm\"\nkind = \"singer\"\ncommand = [\"sh\", \"tap.sh\"]\nlimits = {{ seconds = 120 }}\n\
         [[copy]]\ntable = \"crm.people\"\nmode = \"{mode}\"\nowner = \"ann\"\npurpose = \"reports\"\nexpires = \"2099-12-31\"\nkey = \"id\"\n"
    );
    std::fs::write(dir.join("kith.toml"), text + &more).expect("written");
    std::fs::write(dir.join("tap.sh"), TAP).expect("written");
}

#[test]
fn a_copy_is_made_compared_and_ended_at_the_command_line() {
    let dir = project();
    std::fs::write(dir.path().join("rows"), "100").expect("written");
    with_copy(dir.path(), "accelerated");
    let run = |args: &[&str]| kith(dir.path(), args);
    assert!(ok(run(&["copy", "list"])).contains("never"));
    let made = ok(run(&["copy", "refresh"]));
    assert!(made.contains("crm.people: 100 rows"), "{made}");
    assert!(ok(run(&["copy", "refresh"])).contains("No copy is due"));
    let checked = ok(run(&["copy", "check", "crm.people"]));
    assert!(checked.contains("100 rows at the source, 100 in the copy; equal"), "{checked}");
    std::fs::write(dir.path().join("rows"), "99").expect("written");
    let differs = run(&["copy", "check", "crm.people"]);
    assert!(String::from_utf8_lossy(&differs.stdout).contains("extra  100"), "{differs:?}");
    let (code, error) = failed(&differs);
    assert!(code == Some(6) && error.contains("K-COPY-DIFFERS"), "{code:?} {error}");
    let listed = ok(run(&["copy", "list"]));
    assert!(
        listed.contains("1 differ") && listed.contains("ann") && listed.contains("source.crm"),
        "{listed}"
    );
    let (code, error) = failed(&run(&["copy", "refresh", "crm.persons"]));
    assert!(code == Some(5) && error.contains("kith copy list"), "{code:?} {error}");
    with_copy(dir.path(), "virtual");
    assert!(ok(run(&["copy", "expire"])).contains("deleted: crm.people"));
    assert!(ok(run(&["copy", "expire"])).contains("No copy is over"));
}

/// Killed in the middle of a reading, at moments of all kinds: the copy of before is there, whole.
#[test]
fn who_is_killed_while_a_copy_is_made_leaves_the_one_of_before() {
    let dir = project();
    std::fs::write(dir.path().join("rows"), "500").expect("written");
    with_copy(dir.path(), "accelerated");
    ok(kith(dir.path(), &["copy", "refresh"]));
    let count = || ok(kith(dir.path(), &["sql", "--json", "SELECT count(*), sum(id) FROM crm.people"]));
    let before = count();
    std::fs::write(dir.path().join("rows"), "20000").expect("written");
    std::fs::write(dir.path().join("hangs"), "").expect("written");
    for wait in [0, 300, 900] {
        let mut child = command(dir.path(), &["copy", "refresh", "crm.people"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("begun");
        let parts = || {
            let all =
                std::fs::read_dir(dir.path().join(".kith/copies/default")).into_iter().flatten().flatten();
            let files = all.filter_map(|entry| std::fs::read_dir(entry.path()).ok()).flatten().flatten();
            files.filter(|file| file.path().extension().is_some_and(|end| end == "parquet")).count()
        };
        let (begun, there) = (Instant::now(), parts());
        while parts() == there && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().expect("killed");
        child.wait().expect("gone");
        assert_eq!(count(), before, "after {wait} ms");
    }
    std::fs::remove_file(dir.path().join("hangs")).expect("removed");
    ok(kith(dir.path(), &["copy", "refresh", "crm.people"]));
    assert_ne!(count(), before, "the control");
}

#[test]
fn a_copy_stands_under_the_policy_and_is_for_owners_by_the_api() {
    let dir = project();
    std::fs::write(dir.path().join("rows"), "5").expect("written");
    with_copy(dir.path(), "virtual");
    let ask = |server: &Server, token: &str, method: &str, target: &str, body: &str| {
        let headers = vec![
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_string()),
        ];
        send(server.addr, &Request { method, target, headers, body: body.as_bytes() })
    };
    let mut seen = Vec::new();
    for mode in ["virtual", "accelerated"] {
        with_copy(dir.path(), mode);
        if mode == "accelerated" {
            ok(kith(dir.path(), &["copy", "refresh"]));
        }
        let copied = tempfile::tempdir().expect("a folder");
        crate::product::copy_folder(dir.path(), copied.path());
        let server = Server::over(copied);
        let analyst =
            ok(kith(server.dir.path(), &["token", "create", "a", "--role", "analyst"])).trim().to_string();
        let asked = [
            "SELECT * FROM crm.people ORDER BY 1",
            "SELECT count(mail), count(*) FROM crm.people",
            "SELECT id FROM crm.people WHERE mail = 'p3@x.example'",
        ];
        let rows = |token: &str| -> Vec<Value> {
            let one = |sql: &str| {
                let body = serde_json::json!({ "query": sql }).to_string();
                ask(&server, token, "POST", "/v1/sql", &body).json()["rows"].clone()
            };
            asked.iter().map(|sql| one(sql)).collect()
        };
        let of_owner = rows(&server.token);
        assert!(of_owner[0].to_string().contains("p3@x.example"), "{of_owner:?}");
        let of_analyst = rows(&analyst);
        assert!(!of_analyst[0].to_string().contains("p3@x.example"), "{of_analyst:?}");
        seen.push((of_owner, of_analyst));
        assert_eq!(ask(&server, &analyst, "GET", "/v1/copies", "").status, 403);
        assert_eq!(ask(&server, &analyst, "POST", "/v1/copies/crm.people/refresh", "").status, 403);
        let listed = ask(&server, &server.token, "GET", "/v1/copies", "").json();
        assert_eq!(listed["copies"][0]["mode"], mode, "{listed}");
        if mode == "accelerated" {
            let checked = ask(&server, &server.token, "POST", "/v1/copies/crm.people/check", "").json();
            assert_eq!(checked["equal"], true, "{checked}");
            let done =
                ask(&server, &server.token, "POST", "/v1/copies/crm.people/refresh?whole=true", "").json();
            assert_eq!(done["rows"], 5, "{done}");
            assert_eq!(ask(&server, &server.token, "POST", "/v1/copies/crm.x/refresh", "").status, 404);
        }
    }
    assert_eq!(seen[0], seen[1], "a mask hangs on the name, not on where rows come from");
}
