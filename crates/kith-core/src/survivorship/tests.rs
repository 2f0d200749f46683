use super::*;
use crate::field::FieldValue;
use crate::id::NodeId;

pub(super) fn candidate(
    node: u64,
    field: Field,
    normal: &str,
    source: &str,
    rank: u32,
    updated: Option<i64>,
) -> Candidate {
    Candidate {
        value: FieldValue {
            field,
            normal: normal.into(),
            original: normal.to_uppercase(),
            column: "c".into(),
        },
        source: source.try_into().unwrap(),
        key: node.to_string(),
        node: NodeId(node),
        rank,
        updated_at_ms: updated,
        received_at_ms: 0,
    }
}

fn one(candidates: &[Candidate], field: Field) -> Golden {
    golden(candidates, &Policy::default()).into_iter().find(|g| g.field == field).unwrap()
}

fn shown(golden: &Golden) -> Option<&str> {
    golden.winner.as_ref().map(|w| w.value.normal.as_str())
}

#[test]
fn the_most_trusted_name_wins_and_says_why() {
    let name = |node, normal, source, rank| candidate(node, Field::GivenName, normal, source, rank, None);
    let all = [name(1, "jon", "shop", 2), name(2, "john", "crm", 1), name(3, "jon", "shop", 2)];
    let golden = one(&all, Field::GivenName);
    assert_eq!(shown(&golden), Some("john"));
    assert_eq!(golden.rule, "most trusted source (crm, rank 1)");
    assert_eq!(golden.losers.len(), 2);
}

#[test]
fn the_latest_email_is_first_and_the_others_stay() {
    let day = 86_400_000;
    let email = |node, normal, at| candidate(node, Field::Email, normal, "crm", 1, at);
    let all = [
        email(1, "old@x.org", Some(0)),
        email(2, "new@x.org", Some(400 * day)),
        email(3, "undated@x.org", None),
        email(4, "old@x.org", Some(day)),
    ];
    let golden = one(&all, Field::Email);
    assert_eq!(shown(&golden), Some("new@x.org"));
    assert_eq!(golden.rule, "changed last (1971-02-05)");
    let also: Vec<_> = golden.also.iter().map(|c| c.value.normal.as_str()).collect();
    assert_eq!(also, ["old@x.org", "undated@x.org"]);
    assert_eq!(golden.losers.len(), 1, "the second record with the old address");
}

#[test]
fn ties_fall_to_the_next_rule() {
    let name = |node, normal| candidate(node, Field::FamilyName, normal, "crm", 1, Some(5));
    let golden = one(&[name(1, "meier"), name(2, "meyer"), name(3, "meyer")], Field::FamilyName);
    assert_eq!((shown(&golden), golden.rule.as_str()), (Some("meyer"), "in most records (2 of 3)"));
    let golden = one(&[name(1, "meier"), name(2, "meyer")], Field::FamilyName);
    assert_eq!((shown(&golden), golden.rule.as_str()), (Some("meier"), "first by alphabet"));
    let golden = one(&[name(1, "meier"), name(2, "meier")], Field::FamilyName);
    assert_eq!(golden.rule, "all 2 records agree");
}

#[test]
fn addresses_are_never_mixed() {
    let part = |node, field, normal| candidate(node, field, normal, "crm", 1, None);
    let all = [
        part(1, Field::Street, "1 oak st"),
        part(1, Field::City, "clayton"),
        part(1, Field::Postcode, "68679"),
        part(2, Field::Street, "9 elm st"),
        part(2, Field::City, "boston"),
        part(2, Field::Region, "MA"),
        part(2, Field::Country, "US"),
        part(2, Field::Postcode, "02138"),
        part(3, Field::Region, "MN"),
    ];
    assert_eq!(shown(&one(&all, Field::City)), Some("boston"), "the most complete address");
    // Without the second record, the region of the third, which says nothing of the first's address, is not shown.
    let all: Vec<_> = all.into_iter().filter(|c| c.node.0 != 2).collect();
    let region = one(&all, Field::Region);
    assert_eq!((shown(&region), region.losers.len()), (None, 1));
    assert_eq!(shown(&one(&all, Field::City)), Some("clayton"));
}

#[test]
fn an_agreeing_record_completes_an_address() {
    let part = |node, field, normal| candidate(node, field, normal, "crm", 1, None);
    let all = [
        part(1, Field::Street, "1 oak st"),
        part(1, Field::City, "clayton"),
        part(1, Field::Postcode, "68679"),
        part(2, Field::City, "clayton"),
        part(2, Field::Region, "MN"),
    ];
    let region = one(&all, Field::Region);
    assert_eq!(shown(&region), Some("MN"));
    assert_eq!(region.rule, "completes the address; crm 2 agrees with it");
}

#[test]
fn a_policy_changes_who_wins() {
    let name = |node, normal, rank, at| candidate(node, Field::GivenName, normal, "crm", rank, Some(at));
    let all = [name(1, "john", 1, 1), name(2, "jonathan", 2, 2)];
    let policy = Policy::default().with(Field::GivenName, vec![Rule::Recency]);
    assert_eq!(shown(&golden(&all, &policy)[0]), Some("jonathan"));
}
